package io.github.dynarestore.internal.pipeline;

import java.util.OptionalInt;

/**
 * How much goes on side by side while a table is written: calls that are under way, and objects that are read. Both follow
 * the rate, also when it is changed. Thread-safe.
 */
final class Breadth {

    /** What one partition takes, in write units per second (developer guide, "Partitions and data distribution"). */
    private static final double PARTITION_UNITS = 1_000;

    private static final double ASSUMED_CALL_SECONDS = 0.05;
    private static final int LEAST_CALLS = 16;
    private static final int MOST_CALLS = 256;

    /**
     * What bounds it.
     *
     * @param callsSaid calls that the plan asks for; 0 for as many as the rate needs
     * @param callsOfClient calls that the client sends at once, more than which would wait in it and could not be taken back
     * @param writesOfCall most writes of a call
     * @param objects most objects that are read side by side
     */
    record Bounds(int callsSaid, OptionalInt callsOfClient, int writesOfCall, int objects) {}

    private final Bounds bounds;
    private volatile int calls;
    private volatile int objects;
    private volatile int wantedCalls;

    Breadth(Bounds bounds, double unitsPerSecond) {
        this.bounds = bounds;
        follow(unitsPerSecond);
    }

    /** Follows a change of the rate. */
    synchronized void follow(double unitsPerSecond) {
        int wanted = callsWanted(unitsPerSecond);
        int most = bounds.callsOfClient().orElse(wanted);
        wantedCalls = wanted;
        calls = Math.min(wanted, most);
        // No less than before: what is open stays open.
        objects = Math.max(objects, objectsWanted(unitsPerSecond, bounds.objects()));
    }

    private int callsWanted(double unitsPerSecond) {
        double needed = Math.ceil(unitsPerSecond / bounds.writesOfCall() * ASSUMED_CALL_SECONDS);
        return bounds.callsSaid() > 0 ? bounds.callsSaid() : (int) Math.max(LEAST_CALLS, Math.min(MOST_CALLS, needed));
    }

    /**
     * How many objects are read side by side: so many that each partition behind them is written at half its rate, if they
     * hold stretches of the key space, as an export's do.
     */
    static int objectsWanted(double unitsPerSecond, int most) {
        double wanted = Math.ceil(unitsPerSecond / PARTITION_UNITS * 2);
        return (int) Math.max(
                1, Math.min(most, Math.max(wanted, Runtime.getRuntime().availableProcessors())));
    }

    /** Most calls that are under way. */
    int calls() {
        return calls;
    }

    /** Calls that there would be with a client that sends as many at once. */
    int wantedCalls() {
        return wantedCalls;
    }

    /** How many objects are read side by side. */
    int objects() {
        return objects;
    }
}
