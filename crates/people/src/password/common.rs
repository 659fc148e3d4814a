//! Passwords that are guessed first although they are long.

/// `password` in lower case.
pub fn is_common(password: &str) -> bool {
    let letters: String = password.chars().filter(|c| c.is_alphanumeric()).collect();
    COMMON.iter().any(|common| *common == password || *common == letters)
        || has_few_characters(password)
        || is_mostly_steps(password)
        || is_a_word_and_digits(&letters)
}

/// `aaaaaaaaaaaa`, `abcabcabcabc`.
fn has_few_characters(password: &str) -> bool {
    let mut seen: Vec<char> = password.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 5
}

/// `123456789012`, `abcdefghijkl`, `987654321987`: neighbours follow one another.
fn is_mostly_steps(password: &str) -> bool {
    let codes: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() <= 1).count();
    steps * 4 >= codes.len().saturating_sub(1) * 3
}

/// `password2024!`, `welcome12345`: a first guess with figures around it, perhaps repeated.
fn is_a_word_and_digits(letters: &str) -> bool {
    let bare = letters.trim_matches(|c: char| c.is_ascii_digit());
    WORDS.iter().any(|word| !bare.is_empty() && bare.replace(word, "").is_empty())
}

const WORDS: &[&str] = &[
    "admin",
    "administrator",
    "baseball",
    "changeme",
    "computer",
    "default",
    "dragon",
    "football",
    "guest",
    "iloveyou",
    "letmein",
    "login",
    "master",
    "monkey",
    "passw0rd",
    "password",
    "princess",
    "qwerty",
    "qwertz",
    "root",
    "secret",
    "shadow",
    "slipway",
    "starwars",
    "sunshine",
    "superman",
    "test",
    "trustno",
    "user",
    "welcome",
    "whatever",
];

const COMMON: &[&str] = &[
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "1qazxsw23edc",
    "abcd1234abcd",
    "administrator",
    "asdfghjkl123",
    "asdfghjklqwertyuiop",
    "basketball123",
    "changemeplease",
    "google123456",
    "iloveyouforever",
    "letmeinplease",
    "machinelearning",
    "manchesterunited",
    "mypassword123",
    "p@ssw0rd1234",
    "p@ssw0rd123456",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwerty1234567",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiop1234",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "thisismypassword",
    "unknown123456",
    "zaq12wsxcde3",
    "zxcvbnm123456",
    "zxcvbnmasdfghjkl",
    "zxcvbnmasdfghjklqwertyuiop",
];
