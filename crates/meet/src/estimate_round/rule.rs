//! What votes say together, and when they may be accepted (after Grenning, Planning Poker, 2002, and
//! Cohn, Agile Estimating and Planning, 2005): equal sizes are a consensus; sizes within one step of the
//! deck need no more than the consent of those who chose otherwise; sizes two steps apart or more are
//! talked about, which a note tells, before anything else happens; and whoever has no idea, or holds the
//! item to be too big, is not outvoted.

use base::{
    Error,
    refuse::{conflict, insufficient},
    words,
};
use serde_json::json;

use super::deck::{Says, Sizes};

words! {
    Standing {
        /// Nobody gave a size.
        None = "none",
        /// Somebody has no idea, or holds the item to be too big.
        Unsure = "unsure",
        /// All sizes are the same.
        Consensus = "consensus",
        /// Within one step of the deck.
        Near = "near",
        /// Two steps apart or more.
        Apart = "apart",
    }
}

/// So many steps between the smallest and the largest size ask for a note.
const STEPS_TO_TALK: usize = 2;

/// What votes say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    pub standing: Standing,
    pub lowest: Option<String>,
    pub highest: Option<String>,
    /// Of the deck, between the lowest and the highest size.
    pub steps: usize,
    /// The size that most chose; of several, the largest. None where it cannot be accepted.
    pub proposal: Option<String>,
}

/// Weighs the cards that were played. Who takes a break has not voted.
pub fn weigh<'a>(deck: &Sizes, played: impl IntoIterator<Item = &'a str>) -> Weighed {
    let mut counts = vec![0_usize; deck.0.len()];
    let mut unsure = false;
    for card in played {
        match deck.place(card) {
            Some(place) => counts[place] += 1,
            None => unsure |= matches!(deck.says(card), Says::Unsure | Says::TooBig),
        }
    }
    let lowest = counts.iter().position(|count| *count > 0);
    let highest = counts.iter().rposition(|count| *count > 0);
    let steps = highest.unwrap_or(0) - lowest.unwrap_or(0);
    let standing = match (lowest, steps) {
        _ if unsure => Standing::Unsure,
        (None, _) => Standing::None,
        (_, 0) => Standing::Consensus,
        (_, 1) => Standing::Near,
        _ => Standing::Apart,
    };
    let most = (0..counts.len()).filter(|place| counts[*place] > 0).max_by_key(|place| (counts[*place], *place));
    let named = |place: Option<usize>| place.map(|place| deck.0[place].clone());
    Weighed {
        standing,
        lowest: named(lowest),
        highest: named(highest),
        steps,
        proposal: named(most.filter(|_| standing != Standing::Unsure)),
    }
}

impl Weighed {
    /// Whether people talk, and write a note, before the next round or the estimate.
    pub fn needs_note(&self) -> bool {
        self.steps >= STEPS_TO_TALK
    }

    /// Why nothing goes on before there is a note; nothing when it may.
    pub fn lacks_note(&self, noted: bool) -> Option<Error> {
        if noted || !self.needs_note() {
            return None;
        }
        let (low, high) = (self.lowest.as_deref().unwrap_or_default(), self.highest.as_deref().unwrap_or_default());
        let why = format!(
            "The votes are {} steps apart, from {low} to {high}. Let these two explain, and write down in a note what came up.",
            self.steps
        );
        Some(insufficient(why, json!(["note"])))
    }

    /// Why no size can be accepted; nothing when one may. `dissent`: who chose another size than the one
    /// to be accepted, and has not consented.
    pub fn why_not_accept(&self, noted: bool, dissent: &[String]) -> Option<Error> {
        match self.standing {
            Standing::None => return Some(conflict("Nobody gave a size. Vote again.")),
            Standing::Unsure => {
                let why = "Somebody has no idea, or holds the item to be too big. Talk about it and vote again, or split the item.";
                return Some(conflict(why));
            }
            _ => {}
        }
        if let Some(refusal) = self.lacks_note(noted) {
            return Some(refusal);
        }
        if dissent.is_empty() {
            return None;
        }
        let chose = if dissent.len() == 1 { "chose another size and has" } else { "chose other sizes and have" };
        let why = format!("{} {chose} not consented. Ask for consent, or vote again.", dissent.join(", "));
        Some(insufficient(why, json!(["consent"])))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::estimate_round::deck::{Deck, sizes};

    fn deck() -> Sizes {
        sizes(Deck::ModifiedFibonacci, None).unwrap()
    }

    fn weighed(votes: &[&str]) -> Weighed {
        weigh(&deck(), votes.iter().copied())
    }

    #[test]
    fn votes_are_weighed_as_people_read_them() {
        let apart = weighed(&["5", "5", "13"]);
        assert_eq!((apart.standing, apart.steps, apart.proposal.as_deref()), (Standing::Apart, 2, Some("5")));
        assert!(apart.lacks_note(false).unwrap().detail().starts_with("The votes are 2 steps apart, from 5 to 13."));
        assert!(apart.lacks_note(true).is_none());
        let unsure = weighed(&["8", "8", "?"]);
        assert_eq!((unsure.standing, unsure.steps, unsure.proposal), (Standing::Unsure, 0, None));
        let near = weighed(&["5", "8", "8"]);
        assert_eq!((near.standing, near.steps, near.proposal.as_deref()), (Standing::Near, 1, Some("8")));
        assert_eq!(near.why_not_accept(false, &["Dana".to_owned()]).unwrap().kind(), base::Kind::Insufficient);
        assert!(near.why_not_accept(false, &[]).is_none());
        let equal = weighed(&["3", "3", "3"]);
        assert_eq!((equal.standing, equal.proposal.as_deref()), (Standing::Consensus, Some("3")));
        assert_eq!(weighed(&["5", "8"]).proposal.as_deref(), Some("8"), "the larger of two as often chosen");
        assert_eq!(weighed(&["coffee"]).standing, Standing::None);
        assert_eq!(weighed(&["∞", "100"]).standing, Standing::Unsure);
    }

    fn any_votes() -> impl Strategy<Value = Vec<String>> {
        let cards: Vec<String> = deck().cards().into_iter().map(|card| card.card).collect();
        prop::collection::vec(prop::sample::select(cards), 0..12)
    }

    fn weigh_all(votes: &[String]) -> Weighed {
        weigh(&deck(), votes.iter().map(String::as_str))
    }

    proptest! {
        #[test]
        fn who_voted_first_does_not_matter(votes in any_votes().prop_shuffle(), by in 0..12_usize) {
            let mut turned = votes.clone();
            let by = by.min(turned.len());
            turned.rotate_left(by);
            prop_assert_eq!(weigh_all(&votes), weigh_all(&turned));
        }

        #[test]
        fn a_break_changes_nothing(votes in any_votes()) {
            let mut more = votes.clone();
            more.push("coffee".to_owned());
            prop_assert_eq!(weigh_all(&votes), weigh_all(&more));
        }

        #[test]
        fn nobody_without_an_idea_is_outvoted(votes in any_votes(), card in prop::sample::select(vec!["?", "∞"])) {
            let mut more = votes;
            more.push(card.to_owned());
            let weighed = weigh_all(&more);
            prop_assert_eq!(weighed.standing, Standing::Unsure);
            prop_assert_eq!(&weighed.proposal, &None);
            prop_assert!(weighed.why_not_accept(true, &[]).is_some());
        }

        #[test]
        fn without_a_word_only_equal_sizes_are_accepted(votes in any_votes()) {
            let weighed = weigh_all(&votes);
            let dissent: Vec<String> = votes
                .iter()
                .filter(|card| deck().place(card).is_some() && Some(*card) != weighed.proposal.as_ref())
                .cloned()
                .collect();
            let accepted = weighed.why_not_accept(false, &dissent).is_none();
            let counted: Vec<&String> = votes.iter().filter(|card| *card != "coffee").collect();
            let equal = counted.first().is_some_and(|first| {
                deck().place(first).is_some() && counted.iter().all(|card| card == first)
            });
            prop_assert_eq!(accepted, equal);
        }

        #[test]
        fn a_note_is_asked_for_exactly_from_two_steps_on(votes in any_votes()) {
            let places: Vec<usize> = votes.iter().filter_map(|card| deck().place(card)).collect();
            let wide = places.iter().max().zip(places.iter().min()).is_some_and(|(high, low)| high - low >= 2);
            prop_assert_eq!(weigh_all(&votes).lacks_note(false).is_some(), wide);
        }
    }
}
