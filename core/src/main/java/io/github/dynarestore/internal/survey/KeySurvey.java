package io.github.dynarestore.internal.survey;

import java.io.Closeable;
import java.util.function.LongUnaryOperator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds, for each key, the record that decides it. Rows of all records are gathered, in memory within a budget and on disk
 * beyond it, and are then reduced a part of the keys at a time. The result depends neither on the order in which objects
 * arrive nor on whether the survey had to spill. {@code SurveyBenchmark} shows what a record costs.
 *
 * <p>Thread-safe; each thread adds through a writer of its own.
 */
public final class KeySurvey implements Closeable {

    private final RowStore store;
    private final RoaringBitmap condemned = new RoaringBitmap();

    /**
     * Creates an empty survey.
     *
     * @param budget memory for rows
     * @param directory where to spill to beyond it
     * @param writers threads that add records at once
     * @param totalRows guesses from the rows so far how many there will be in all
     */
    public KeySurvey(MemoryBudget budget, SpillDirectory directory, int writers, LongUnaryOperator totalRows) {
        store = new RowStore(budget, directory, writers, totalRows);
    }

    /** A way in for the calling thread. */
    public RowWriter newWriter() {
        return new RowWriter(store);
    }

    /** Takes back every record of an object, those that are still to be added among them. */
    public void condemn(int object) {
        synchronized (condemned) {
            condemned.add(object);
        }
    }

    /** Whether rows went to disk. */
    public boolean hasSpilled() {
        return store.isSpilling();
    }

    /** Records that were added. */
    public long rows() {
        return store.rows();
    }

    /**
     * Ends the gathering; every writer must have been flushed.
     *
     * @param objects how many objects there are
     * @param threads how many will reduce at once
     */
    public Reduction reduction(SurveyRules rules, int objects, int threads) {
        return new Reduction(store, rules, condemned, objects, threads);
    }

    /** Gives up memory and disk. */
    @Override
    public void close() {
        store.close();
    }
}
