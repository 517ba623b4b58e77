package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The payload that says which winners ended: the consumed units as a {@code f64}, then runs of winners of one outcome,
 * each {@code varint length << 3 | outcome} and as many tokens. A token is a zigzag varint, the distance from the one
 * before: neighbours of one object take a byte or two, and there may be billions.
 */
final class EndedCodec {

    private static final int OUTCOME_BITS = 3;
    /** A run of one and a token far from the one before. */
    private static final int MAX_WINNER_BYTES = 11;

    private EndedCodec() {}

    static int maxBytes(int winners) {
        return Double.BYTES + winners * MAX_WINNER_BYTES;
    }

    static void write(Outcome[] outcomes, long[] tokens, int count, double units, FrameBuffer out) {
        out.putLong(Double.doubleToLongBits(units));
        long previous = 0;
        int runEnd = 0;
        for (int i = 0; i < count; i++) {
            if (i == runEnd) {
                while (runEnd < count && outcomes[runEnd] == outcomes[i]) {
                    runEnd++;
                }
                out.putVarint((long) (runEnd - i) << OUTCOME_BITS | outcomes[i].code());
            }
            long distance = tokens[i] - previous;
            out.putVarint(distance << 1 ^ distance >> 63);
            previous = tokens[i];
        }
    }

    static void read(ByteBuffer payload, Progress.Sum sum) throws IOException {
        try {
            double units = payload.getDouble();
            if (!(units >= 0 && units < Double.POSITIVE_INFINITY)) {
                throw unreadable();
            }
            sum.addUnits(units);
            long token = 0;
            while (payload.hasRemaining()) {
                long run = varint(payload);
                Outcome outcome = Outcome.of((int) run & (1 << OUTCOME_BITS) - 1);
                for (long left = run >>> OUTCOME_BITS; left > 0; left--) {
                    long zigzag = varint(payload);
                    token += zigzag >>> 1 ^ -(zigzag & 1);
                    if (outcome == null || token < 0) {
                        throw unreadable();
                    }
                    sum.add(outcome, (int) (token >>> Integer.SIZE), (int) token);
                }
            }
        } catch (BufferUnderflowException e) {
            throw unreadable();
        }
    }

    private static long varint(ByteBuffer payload) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = payload.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw unreadable();
    }

    private static InvalidJournalException unreadable() {
        return new InvalidJournalException("it tells of winners in a way that cannot be read");
    }
}
