package io.github.dynarestore.internal.rate;

/**
 * How fast the table or an index may be written.
 *
 * @param most write units per second, never exceeded
 * @param start what it begins with
 * @param capacity what it is known to take, to tell which of several is the fullest; infinite if that is not known
 */
public record Ceiling(double most, double start, double capacity) {

    /** Checks the range. */
    public Ceiling {
        if (!(most > 0) || !(start > 0) || start > most || !(capacity > 0)) {
            throw new IllegalArgumentException("no ceiling: " + start + " of " + most + ", capacity " + capacity);
        }
    }

    /** A rate that is held from the first write on. */
    public static Ceiling held(double unitsPerSecond, double capacity) {
        return new Ceiling(unitsPerSecond, unitsPerSecond, capacity);
    }

    /** A rate that is looked for from below. */
    public static Ceiling soughtFrom(double start, double most, double capacity) {
        return new Ceiling(most, Math.min(start, most), capacity);
    }

    boolean isSought() {
        return start < most;
    }
}
