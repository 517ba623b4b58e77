package io.github.dynarestore.model;

/** How fast to write, in DynamoDB's write units: one unit is 1 KB of an item, rounded up per item. */
public sealed interface WriteRate {

    /**
     * So many write units each second.
     *
     * @param value units per second, above zero
     */
    record UnitsPerSecond(double value) implements WriteRate {
        /** Checks the range. */
        public UnitsPerSecond {
            if (!(value > 0) || Double.isInfinite(value)) {
                throw new IllegalArgumentException("write units per second must be above 0, not " + value);
            }
        }
    }

    /**
     * A share of what the table can take.
     *
     * @param value share of the table's write capacity, 0.1 to 1.5
     */
    record FractionOfTable(double value) implements WriteRate {
        /** Checks the range. */
        public FractionOfTable {
            if (!(value >= 0.1 && value <= 1.5)) {
                throw new IllegalArgumentException(
                        "the share of the table's capacity must be 0.1 to 1.5, not " + value);
            }
        }
    }

    /**
     * Returns a rate of so many write units each second.
     *
     * @throws IllegalArgumentException unless above zero and finite
     */
    static WriteRate unitsPerSecond(double value) {
        return new UnitsPerSecond(value);
    }

    /**
     * Returns a share of what the table can take: of its provisioned write capacity, or of its on-demand maximum, or
     * of the 4,000 units per second that a new on-demand table takes.
     *
     * @throws IllegalArgumentException unless 0.1 to 1.5
     */
    static WriteRate fractionOfTable(double value) {
        return new FractionOfTable(value);
    }
}
