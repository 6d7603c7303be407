package org.example.retry;

import java.time.Duration;

/** Says that a method may be called again. */
public @interface Retry {
    /** How often at most. */
    int times() default 3;

    String[] on() default {};
}

/** How long to wait between two calls. */
record Backoff(Duration first, double factor) {
    Backoff {
        if (factor < 1) {
            throw new IllegalArgumentException("it has to grow");
        }
    }

    Duration after(int calls) {
        return first.multipliedBy((long) Math.pow(factor, calls));
    }
}

sealed interface Outcome permits Outcome.Done, Outcome.Failed {
    record Done(Object value) implements Outcome {}

    record Failed(Exception cause) implements Outcome {}

    default boolean isDone() {
        return this instanceof Done;
    }
}

enum Mode {
    EAGER {
        @Override
        boolean waits() {
            return false;
        }
    },
    PATIENT;

    boolean waits() {
        return true;
    }
}
