//! Names for runs that come without one: an adjective, a noun and a number.

const ADJECTIVES: [&str; 32] = [
    "amber", "brisk", "calm", "candid", "clear", "coastal", "copper", "crisp", "deep", "eager", "fair", "gentle",
    "golden", "grand", "keen", "level", "light", "lively", "lucid", "mellow", "noble", "open", "patient", "plain",
    "quiet", "rapid", "silver", "steady", "sturdy", "sunny", "tidal", "wise",
];

const NOUNS: [&str; 32] = [
    "anchor", "bay", "beacon", "bow", "breeze", "buoy", "cape", "cove", "current", "deck", "dock", "ferry", "gull",
    "harbor", "heron", "hull", "island", "keel", "lagoon", "mast", "oar", "pier", "pilot", "reef", "rudder", "sail",
    "shore", "sloop", "tern", "tide", "wake", "wharf",
];

/// `hex` are random hexadecimal digits, at least eight.
pub fn generate(hex: &str) -> String {
    let random = hex.get(..8).and_then(|digits| usize::from_str_radix(digits, 16).ok()).unwrap_or_default();
    let (adjective, noun, number) = (random % 32, random / 32 % 32, random / 1024 % 1000);
    format!("{}-{}-{number}", ADJECTIVES[adjective], NOUNS[noun])
}
