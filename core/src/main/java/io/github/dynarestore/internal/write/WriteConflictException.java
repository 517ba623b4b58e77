package io.github.dynarestore.internal.write;

/** A guarded write found something else in the table than it was to replace; nothing was written. */
final class WriteConflictException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final double units;

    /**
     * Creates one without a stack trace, since a restore may meet many.
     *
     * @param units write units that finding out has taken, 0 if a read told
     */
    WriteConflictException(double units) {
        super("the table holds something else", null, false, false);
        this.units = units;
    }

    double units() {
        return units;
    }
}
