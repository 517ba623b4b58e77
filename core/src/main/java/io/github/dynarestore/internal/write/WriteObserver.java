package io.github.dynarestore.internal.write;

/** Hears what becomes of writes; called by the writer's callback executor. */
public interface WriteObserver {

    /**
     * An answer acknowledged writes; told once for all of them.
     *
     * @param tokens the mark of each, at least one
     * @param deletes whether each is a delete
     */
    void written(long[] tokens, boolean[] deletes);

    /** A write was refused for what it holds. */
    void refused(long token, String reason, String detail, byte[] json);

    /** A write was not done, because the table holds something else than its guard wants. */
    void conflict(long token);

    /**
     * What was said of one answer is all that it says.
     *
     * @param kept counts its writes as ended, so that others may be sent; to be run once, on any thread
     */
    void handled(Runnable kept);

    /** DynamoDB put writes off; they are sent again. */
    void putOff(PutOff writes);

    /** Writes are sent again because their answer left open whether they had been done. */
    void resent(int writes);

    /** A call has ended for which units were taken. */
    void settled(Settlement settlement);

    /**
     * A call goes out; what is returned is run once when it has ended, on any thread.
     *
     * @param waitedNanos how long it waited for its turn
     */
    Runnable sent(long waitedNanos);

    /** A call was answered after so many nanoseconds. */
    void answered(long nanos);
}
