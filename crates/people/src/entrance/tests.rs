use std::{sync::Arc, time::Instant};

use crate::testing::{PASSWORD, each_world, email};

#[test]
fn a_client_with_a_password_waits_for_the_hash_once() {
    each_world(|world| {
        let (app, dana) = (world.app.clone(), email("Dana"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let verify = || {
            let (app, dana) = (app.clone(), dana.clone());
            async move { app.entrance.verify(&app.db, &dana, PASSWORD, &Default::default()).await }
        };
        let at_once: Vec<_> = (0..50).map(|_| runtime.spawn(verify())).collect();
        for one in at_once {
            assert_eq!(runtime.block_on(one).unwrap().unwrap().name, "Dana", "fifty at once are one try");
        }
        let started = Instant::now();
        for _ in 0..1000 {
            runtime.block_on(verify()).unwrap();
        }
        assert!(started.elapsed().as_millis() < 1000);
        app.forget();
        let before = Instant::now();
        let again = runtime.block_on(verify()).unwrap();
        assert!(before.elapsed().as_millis() < 1000 && Arc::strong_count(&again) > 1, "read again, not hashed again");
    });
}
