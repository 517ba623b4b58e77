package io.github.dynarestore.model;

/**
 * How fast to write, in DynamoDB's write units: one unit is 1 KB of an item, rounded up per item. The table and each of
 * its global secondary indexes are held to the rate apart; the fullest of them sets the pace.
 */
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

    /** What the table is found to take. */
    record Adaptive() implements WriteRate {}

    /**
     * Returns a rate of so many write units each second.
     *
     * @throws IllegalArgumentException unless above zero and finite
     */
    static WriteRate unitsPerSecond(double value) {
        return new UnitsPerSecond(value);
    }

    /**
     * Returns a share of what the table and each of its global secondary indexes can take: of their provisioned write
     * capacity, which is looked up again every minute; or, on demand, of their maximum or else their warm throughput. A
     * table of which none of these is known is taken for a new one: 4,000 units per second, and after each half an hour
     * twice as much as was written at most.
     *
     * @throws IllegalArgumentException unless 0.1 to 1.5
     */
    static WriteRate fractionOfTable(double value) {
        return new FractionOfTable(value);
    }

    /**
     * Returns a rate without a number: it is raised little by little, cut when DynamoDB throttles, and never above what
     * the table can take: its provisioned capacity or its maximum on demand, where there is one of them.
     */
    static WriteRate adaptive() {
        return new Adaptive();
    }
}
