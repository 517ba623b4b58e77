package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.batch.Stretches;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads several objects side by side, a winner of each in turn, so that writes that follow one another go to different
 * stretches of the key space; passes over objects whose stretch DynamoDB holds back. Used by one thread.
 */
final class Spread implements AutoCloseable {

    /** What {@link #step} returns when all is read. */
    static final long ALL_READ = -1;

    /** Gives the winners of one object, one after the other. */
    interface Winners extends AutoCloseable {
        /** Has the next one written; false if there is none left. */
        boolean writeNext() throws InterruptedException;

        @Override
        void close();
    }

    /** Opens an object. */
    @FunctionalInterface
    interface Opener {
        /** Opens the object of an index of the stretches. */
        Winners open(int index) throws InterruptedException;
    }

    /** One of the objects that are read side by side. */
    private static final class Lane {
        private final int number;
        private int index;
        private @Nullable Winners winners;

        Lane(int number) {
            this.number = number;
        }
    }

    private final Stretches stretches;
    private final Opener opener;
    private final IntToLongFunction heldNanos;
    private final IntConsumer onDone;
    private final List<Lane> lanes = new ArrayList<>();
    private int lanesBegun;
    private int turn;

    /**
     * Creates one.
     *
     * @param numbers the stretches' lanes that are this thread's
     * @param heldNanos for how long an index is held back, 0 if it is not
     * @param onDone told of each index that is read to its end
     */
    Spread(Stretches stretches, int[] numbers, Opener opener, IntToLongFunction heldNanos, IntConsumer onDone) {
        this.stretches = stretches;
        this.opener = opener;
        this.heldNanos = heldNanos;
        this.onDone = onDone;
        for (int number : numbers) {
            lanes.add(new Lane(number));
        }
        lanesBegun = numbers.length;
    }

    /**
     * Reads more objects side by side from now on.
     *
     * @param objects how many this thread reads
     * @param ofAll how many all threads read
     */
    void widenTo(int objects, int ofAll) {
        while (lanesBegun < objects) {
            int number = stretches.addUpTo(ofAll);
            if (number < 0) {
                return;
            }
            lanes.add(new Lane(number));
            lanesBegun++;
        }
    }

    /**
     * Has one winner written.
     *
     * @return 0 if that was done; nanoseconds to wait if all objects are held back; or {@link #ALL_READ}
     */
    long step() throws InterruptedException {
        long leastNanos = Long.MAX_VALUE;
        int heldInTurn = 0;
        while (heldInTurn < lanes.size()) {
            turn = turn < lanes.size() ? turn : 0;
            Lane lane = lanes.get(turn);
            Winners winners = winners(lane);
            if (winners == null) {
                lanes.remove(turn);
                continue;
            }
            long held = heldNanos.applyAsLong(lane.index);
            if (held > 0) {
                leastNanos = Math.min(leastNanos, held);
                heldInTurn++;
                turn++;
            } else if (winners.writeNext()) {
                turn++;
                return 0;
            } else {
                end(lane);
                onDone.accept(lane.index);
            }
        }
        return lanes.isEmpty() ? ALL_READ : leastNanos;
    }

    private @Nullable Winners winners(Lane lane) throws InterruptedException {
        if (lane.winners == null) {
            int index = stretches.next(lane.number);
            if (index >= 0) {
                lane.index = index;
                lane.winners = opener.open(index);
            }
        }
        return lane.winners;
    }

    private static void end(Lane lane) {
        Winners winners = lane.winners;
        lane.winners = null;
        if (winners != null) {
            winners.close();
        }
    }

    @Override
    public void close() {
        lanes.forEach(Spread::end);
    }
}
