//! The cards with which people vote. A deck has its sizes, from the smallest, and three cards that are
//! none: `?` says that one has no idea, `∞` that the item must be split, `coffee` that one needs a break.

use base::{Result, refuse::invalid, text, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    Deck {
        /// 0, ½, 1, 2, 3, 5, 8, 13, 20, 40, 100.
        ModifiedFibonacci = "modified_fibonacci",
        /// 0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89.
        Fibonacci = "fibonacci",
        /// 0, 1, 2, 4, 8, 16, 32, 64.
        PowersOfTwo = "powers_of_two",
        /// XS, S, M, L, XL, XXL. Who accepts one says which estimate it stands for.
        TShirt = "t_shirt",
        /// Cards that the team chose.
        Own = "own",
    }
}

words! {
    /// What a card says.
    Says {
        Size = "size",
        /// No idea.
        Unsure = "unsure",
        /// Must be split.
        TooBig = "too_big",
        Break = "break",
    }
}

/// A card of a deck.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "EstimateCard")]
pub struct Card {
    /// What stands on it; send it back as a vote.
    pub card: String,
    pub says: Says,
    /// The size as a number; none of cards that are words.
    pub estimate: Option<f64>,
}

/// The sizes of a deck, from the smallest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sizes(pub Vec<String>);

const NO_SIZES: [(&str, Says); 3] = [("?", Says::Unsure), ("∞", Says::TooBig), ("coffee", Says::Break)];
const FEWEST: usize = 2;
const MOST: usize = 20;
/// Characters of a card.
const LONGEST: usize = 12;
const LARGEST: f64 = 1_000.0;

/// The sizes of the deck; `own` are those that the team chose.
pub fn sizes(deck: Deck, own: Option<&[String]>) -> Result<Sizes> {
    let usual: &[&str] = match (deck, own) {
        (Deck::Own, own) => return checked(own.unwrap_or_default()),
        (_, Some(_)) => return Err(invalid("cards", "are for a deck of your own; choose the deck `own`")),
        (Deck::ModifiedFibonacci, _) => &["0", "½", "1", "2", "3", "5", "8", "13", "20", "40", "100"],
        (Deck::Fibonacci, _) => &["0", "1", "2", "3", "5", "8", "13", "21", "34", "55", "89"],
        (Deck::PowersOfTwo, _) => &["0", "1", "2", "4", "8", "16", "32", "64"],
        (Deck::TShirt, _) => &["XS", "S", "M", "L", "XL", "XXL"],
    };
    Ok(Sizes(usual.iter().map(|card| (*card).to_owned()).collect()))
}

fn checked(own: &[String]) -> Result<Sizes> {
    if !(FEWEST..=MOST).contains(&own.len()) {
        return Err(invalid("cards", format!("must be {FEWEST} to {MOST}, from the smallest")));
    }
    let mut cards: Vec<String> = Vec::with_capacity(own.len());
    let mut last: Option<f64> = None;
    for (place, card) in own.iter().enumerate() {
        let field = format!("cards[{place}]");
        let card = text::key(&field, card, LONGEST)?;
        if NO_SIZES.iter().any(|(name, _)| *name == card) {
            return Err(invalid(&field, format!("must be a size; {card} is in every deck")));
        }
        if cards.contains(&card) {
            return Err(invalid(&field, format!("stands twice: {card}")));
        }
        if let Some(number) = number(&card) {
            if number > LARGEST {
                return Err(invalid(&field, format!("must be at most {LARGEST}")));
            }
            if last.is_some_and(|last| number <= last) {
                return Err(invalid(&field, "must be greater than the number before it"));
            }
            last = Some(number);
        }
        cards.push(card);
    }
    Ok(Sizes(cards))
}

/// Digits with perhaps a point are a number, and so is ½.
fn number(card: &str) -> Option<f64> {
    if card == "½" {
        return Some(0.5);
    }
    let plain = card.starts_with(|c: char| c.is_ascii_digit()) && card.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    card.parse().ok().filter(|_| plain)
}

impl Sizes {
    /// All cards of the deck.
    pub fn cards(&self) -> Vec<Card> {
        let size = |card: &String| Card { card: card.clone(), says: Says::Size, estimate: number(card) };
        let others = NO_SIZES.iter().map(|(card, says)| Card { card: (*card).to_owned(), says: *says, estimate: None });
        self.0.iter().map(size).chain(others).collect()
    }

    /// The card on which this stands, or whose number it is.
    pub fn card(&self, field: &str, named: &str) -> Result<Card> {
        let named = named.trim();
        let cards = self.cards();
        let same = |card: &&Card| card.card == named || card.estimate.is_some() && card.estimate == number(named);
        if let Some(card) = cards.iter().find(same) {
            return Ok(card.clone());
        }
        let all: Vec<String> = cards.into_iter().map(|card| card.card).collect();
        Err(invalid(field, format!("must be a card of this deck: {}", all.join(", "))))
    }

    /// The size's place, from the smallest; none of cards that are no sizes.
    pub fn place(&self, card: &str) -> Option<usize> {
        self.0.iter().position(|size| size == card)
    }

    /// What a card that is none of the sizes says.
    pub fn says(&self, card: &str) -> Says {
        NO_SIZES.iter().find(|(name, _)| *name == card).map_or(Says::Size, |(_, says)| *says)
    }

    pub fn estimate(&self, card: &str) -> Option<f64> {
        self.place(card).and_then(|_| number(card))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deck_of_ones_own_is_checked() {
        let own = |cards: &[&str]| {
            let cards: Vec<String> = cards.iter().map(|card| (*card).to_owned()).collect();
            sizes(Deck::Own, Some(&cards)).map(|sizes| sizes.0).map_err(|refusal| refusal.detail().to_owned())
        };
        assert_eq!(own(&["1", " 2.5 ", "10"]).unwrap(), ["1", "2.5", "10"]);
        assert_eq!(own(&["tiny", "1", "huge"]).unwrap(), ["tiny", "1", "huge"]);
        assert_eq!(own(&["1"]).unwrap_err(), "cards: must be 2 to 20, from the smallest");
        assert_eq!(own(&["2", "1"]).unwrap_err(), "cards[1]: must be greater than the number before it");
        assert_eq!(own(&["½", "0.5"]).unwrap_err(), "cards[1]: must be greater than the number before it");
        assert_eq!(own(&["S", "S"]).unwrap_err(), "cards[1]: stands twice: S");
        assert_eq!(own(&["1", "?"]).unwrap_err(), "cards[1]: must be a size; ? is in every deck");
        assert_eq!(own(&["1", "2000"]).unwrap_err(), "cards[1]: must be at most 1000");
        assert!(own(&["1", "a\u{200B}b"]).unwrap_err().contains("cannot be seen"));
        assert_eq!(sizes(Deck::TShirt, Some(&[])).unwrap_err().kind(), base::Kind::Invalid);
    }

    #[test]
    fn a_card_is_found_by_its_number_too() {
        let deck = sizes(Deck::ModifiedFibonacci, None).unwrap();
        assert_eq!(deck.card("card", "0.5").unwrap().card, "½");
        assert_eq!(deck.card("card", "8").unwrap().estimate, Some(8.0));
        assert_eq!(deck.card("card", "∞").unwrap().says, Says::TooBig);
        for odd in ["4", "NaN", "inf", "-1", "", "8 8"] {
            let refused = deck.card("card", odd).unwrap_err();
            assert!(refused.detail().starts_with("card: must be a card of this deck: 0, ½, 1"), "{odd}");
        }
    }
}
