use super::*;

#[test]
fn length_decides_and_nothing_is_cut() {
    assert!(check("elevenchars", "dana@slipway.test").is_err());
    assert!(check("correct horse battery staple", "dana@slipway.test").is_ok());
    assert!(check(&"long pass phrase ".repeat(16)[..256], "").is_ok());
    assert!(check(&"long pass phrase ".repeat(17)[..257], "").is_err());
    assert!(check("            ", "").is_err());
    let long = "a sentence that goes on until its hundred and twenty-eighth character, where ends what the longest of the rows can hold, nearly 1";
    let hash = hash(long).unwrap();
    assert!(verify(long, &hash));
    assert!(!verify(&long[..long.len() - 1], &hash), "the last character matters");
}

#[test]
fn first_guesses_are_refused() {
    for common in [
        "password1234",
        "Password2024!",
        "123456789012",
        "1234567890123456",
        "qwertyuiop123",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "passwordpassword",
        "abcdefghijklm",
        "adminadmin123",
        "Welcome12345",
        "QwertyQwerty1",
        "letmeinletmein",
        "P@ssw0rd1234",
    ] {
        assert!(check(common, "dana@slipway.test").is_err(), "{common}");
    }
    assert!(check("dana.moreau@slipway.test", "dana.moreau@slipway.test").is_err());
    assert!(check("dana.moreau2026", "dana.moreau@slipway.test").is_err());
}

#[test]
fn the_hash_is_argon2id_and_salted() {
    let (one, other) = (hash("the same twelve").unwrap(), hash("the same twelve").unwrap());
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, other);
}
