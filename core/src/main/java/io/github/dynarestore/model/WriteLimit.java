package io.github.dynarestore.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a restore from writing faster. As text it goes behind "limited by".
 *
 * @param kind which kind of limit
 * @param index the global secondary index whose limit it is; null if it is the table's or nobody's
 */
public record WriteLimit(Kind kind, @Nullable String index) {

    /** Kinds of limits. */
    public enum Kind {
        /** The rate that the plan asks for. */
        RATE("the rate asked"),
        /** The capacity of the table, or of an index. */
        CAPACITY("the table"),
        /** The most that a table on demand, or an index, is allowed to take. */
        ON_DEMAND_MAXIMUM("the on-demand maximum"),
        /** The capacity of single partitions, while others have some left. */
        KEY_RANGE("key ranges"),
        /** A quota of the AWS account. */
        ACCOUNT("the account's quota"),
        /** How fast the backup is read. */
        READING("reading"),
        /** How long DynamoDB takes to answer the calls that may be under way at once. */
        ANSWERS("DynamoDB's answers"),
        /** Waiting after calls that DynamoDB refused or failed. */
        RETRIES("waiting to try again");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Checks that there is a kind. */
    public WriteLimit {
        Objects.requireNonNull(kind);
    }

    /** Returns a limit that is no index's. */
    public static WriteLimit of(Kind kind) {
        return new WriteLimit(kind, null);
    }

    @Override
    public String toString() {
        if (index == null) {
            return kind.text;
        }
        return kind == Kind.CAPACITY ? "GSI " + index : kind.text + " of GSI " + index;
    }
}
