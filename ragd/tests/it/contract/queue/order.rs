//! Who is next: priority with age, fairness between users, pause.

use super::*;

#[tokio::test]
async fn a_level_of_priority_is_worth_five_minutes_of_waiting() {
    let bench = Bench::new().await;
    let push = |number, priority| NewJob {
        priority,
        ..job(number)
    };
    bench.push(push(1, Priority::Low)).await;
    bench.push(push(2, Priority::Normal)).await;
    bench.clock.advance(1);
    bench.push(push(3, Priority::High)).await;
    bench.clock.advance(5 * 60_000);
    bench.push(push(4, Priority::Normal)).await;
    bench.push(push(5, Priority::High)).await;
    bench.push(push(6, Priority::Top)).await;
    // 3 and 2 are 5 min apart in head start and 1 ms in age; 5 comes 5 min after 3.
    let order = [6, 3, 2, 5, 1, 4].map(id);
    assert_eq!(bench.claimed(9).await, order);
}

#[tokio::test]
async fn within_a_priority_the_oldest_is_first_and_parts_keep_their_order() {
    let bench = Bench::new().await;
    for number in [9, 4, 7] {
        let new = NewJob {
            parts: parts(2),
            ..job(number)
        };
        bench.push(new).await;
    }
    let leased = bench.queue.claim(9).await;
    let order = leased.iter().map(|one| (one.lease.job, one.lease.part));
    let order: Vec<_> = order.collect();
    let expected = [9, 4, 7].map(id).into_iter();
    let expected: Vec<_> = expected.flat_map(|job| [(job, 0), (job, 1)]).collect();
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_thousand_jobs_of_one_user_do_not_keep_another_waiting() {
    let bench = Bench::new().await;
    for number in 1..=1_000 {
        bench.push(job_of(1, number)).await;
    }
    bench.claimed(50).await;
    bench.push(job_of(2, 5_000)).await;
    assert_eq!(bench.queue.ahead(id(5_000), 100), Some(0));
    assert_eq!(bench.claimed(1).await, [id(5_000)]);
}

#[tokio::test]
async fn equal_users_take_turns() {
    let bench = Bench::new().await;
    for number in 0..10 {
        bench.push(job_of(1, 100 + number)).await;
    }
    for number in 0..10 {
        bench.push(job_of(2, 200 + number)).await;
    }
    let ahead = [103, 203].map(|number| bench.queue.ahead(id(number), 100).unwrap());
    let order = bench.claimed(20).await;
    let at = |number| order.iter().position(|one| *one == id(number)).unwrap();
    assert_eq!(
        ahead.map(|n| usize::try_from(n).unwrap()),
        [at(103), at(203)]
    );
    for pair in order.chunks(2) {
        let first = pair.iter().filter(|job| job.0.as_u128() < 200);
        assert_eq!(first.count(), 1, "{order:?}");
    }
}

#[tokio::test]
async fn large_parts_count_for_more() {
    let bench = Bench::new().await;
    for number in 0..8 {
        let large = NewJob {
            cost: 3 << 20,
            ..job_of(1, 100 + number)
        };
        bench.push(large).await;
        bench.push(job_of(2, 200 + number)).await;
    }
    let order = bench.claimed(10).await;
    let large = order.iter().filter(|job| job.0.as_u128() < 200);
    assert_eq!(large.count(), 2, "{order:?}");
}

#[tokio::test]
async fn an_idle_user_saves_nothing_up() {
    let bench = Bench::new().await;
    // User 1 worked for a long while, and all he has is running when user 2 comes.
    for number in 0..100 {
        bench.push(job_of(1, number)).await;
        bench.claim().await;
    }
    for number in 0..10 {
        bench.push(job_of(2, 1_000 + number)).await;
        bench.push(job_of(1, 2_000 + number)).await;
    }
    let order = bench.claimed(20).await;
    for pair in order.chunks(2).skip(1) {
        let second = pair.iter().filter(|job| job.0.as_u128() < 2_000);
        assert_eq!(second.count(), 1, "{order:?}");
    }
}

#[tokio::test]
async fn prioritise_moves_what_waits() {
    let bench = Bench::new().await;
    for number in 1..=3 {
        bench.push(job(number)).await;
    }
    bench.queue.prioritise(id(3), Priority::High).await.unwrap();
    bench.queue.prioritise(id(1), Priority::Low).await.unwrap();
    let bench = bench.after_death().await;
    assert_eq!(bench.claimed(3).await, [3, 2, 1].map(id));
    assert!(bench.queue.prioritise(id(9), Priority::Low).await.is_err());
}

#[tokio::test]
async fn a_pause_outlives_the_daemon() {
    let bench = Bench::new().await;
    bench.push(job(1)).await;
    bench.queue.pause(true).await.unwrap();
    assert_eq!(bench.claimed(1).await, []);
    let bench = bench.after_death().await;
    assert!(bench.queue.is_paused());
    bench.push(job(2)).await;
    assert_eq!(bench.claimed(1).await, []);
    bench.queue.pause(false).await.unwrap();
    bench.queue.ready().await;
    assert_eq!(bench.claimed(9).await, [1, 2].map(id));
    let bench = bench.after_death().await;
    assert!(!bench.queue.is_paused());
}
