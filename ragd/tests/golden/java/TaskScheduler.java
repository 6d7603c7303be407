/*
 * Runs recurring tasks on a single thread.
 */
package com.example.scheduling;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * Scheduler for tasks that repeat at fixed or computed intervals.
 *
 * <p>Not thread safe: call {@link #runDue()} from one thread only.
 */
public final class TaskScheduler implements AutoCloseable {

    private static final int MAX_FAILURES = 3;

    /** How a task is repeated. */
    public enum Repeat {
        NEVER {
            @Override
            Instant next(Instant last, Duration interval) { return null; }
        },
        FIXED {
            @Override
            Instant next(Instant last, Duration interval) {
                return last.plus(interval);
            }
        };

        abstract Instant next(Instant last, Duration interval);
    }

    /** A callback that may fail. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;

        default Task andThen(Task after) {
            Objects.requireNonNull(after);
            return () -> { run(); after.run(); };
        }
    }

    public record Report(String name, boolean ok, String message) {
        public Report {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name must not be blank");
            }
        }

        static Report success(String name) {
            return new Report(name, true, "");
        }
    }

    private static final class Entry {
        private final String name;
        private final Task task;
        private final Repeat repeat;
        private final Duration interval;
        private Instant due;
        private int failures;

        Entry(String name, Task task, Repeat repeat, Duration interval, Instant due) {
            this.name = name;
            this.task = task;
            this.repeat = repeat;
            this.interval = interval;
            this.due = Objects.requireNonNull(due);
        }
    }

    private static final Function<Exception, String> DESCRIBE =
            e -> "{" + e.getClass().getSimpleName() + "} " + e.getMessage();

    private final Clock clock;
    private final PriorityQueue<Entry> queue = new PriorityQueue<>(Comparator.comparing((Entry e) -> e.due));

    public TaskScheduler(Clock clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    public void schedule(String name, Task task, Repeat repeat, Duration interval) {
        queue.add(new Entry(name, task, repeat, interval, clock.instant().plus(interval)));
    }

    /** Runs every task whose time has come and returns one report for each. */
    public List<Report> runDue() {
        List<Report> reports = new ArrayList<>();
        Instant now = clock.instant();

        while (!queue.isEmpty() && !queue.peek().due.isAfter(now)) {
            Entry entry = queue.poll();
            try {
                entry.task.run();
                entry.failures = 0;
                reports.add(Report.success(entry.name));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                queue.add(entry); // leave it in place for whoever comes next
                break;
            } catch (Exception e) {
                entry.failures++;
                reports.add(new Report(entry.name, false, DESCRIBE.apply(e)));
                if (entry.failures >= MAX_FAILURES) {
                    // Too many failures in a row – drop the task for good.
                    continue;
                }
            }

            Instant next = entry.repeat.next(entry.due, entry.interval);
            if (next != null) {
                entry.due = next.isBefore(now) ? now.plus(entry.interval) : next;
                queue.add(entry);
            }
        }
        return reports;
    }

    @Override public void close() { queue.clear(); }
}
