package io.github.dynarestore.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** 64-bit hashes of byte strings; no guard against somebody who looks for collisions. */
final class ByteHash {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;
    private static final long FIRST_PRIME = 0x9e3779b185ebca87L;
    private static final long SECOND_PRIME = 0xc2b2ae3d27d4eb4fL;

    private ByteHash() {}

    /** Hashes a slice, eight bytes a step: {@code HotPathBenchmark.findSlices}. */
    static long of(byte[] bytes, int from, int length) {
        long hash = 0;
        int i = from;
        int to = from + length;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            hash = step(hash, (long) EIGHT_BYTES.get(bytes, i));
        }
        long rest = 0;
        if (i <= bytes.length - Long.BYTES) {
            rest = (long) EIGHT_BYTES.get(bytes, i) & (1L << (to - i) * Byte.SIZE) - 1;
        } else {
            for (int j = to - 1; j >= i; j--) {
                rest = rest << Byte.SIZE | bytes[j] & 0xff;
            }
        }
        return end(hash, rest, length);
    }

    /** Goes on, from 0, with the next eight bytes of a slice, the first one lowest. */
    static long step(long hash, long eight) {
        long mixed = (hash ^ eight) * MULTIPLIER;
        return mixed ^ mixed >>> 32;
    }

    /**
     * Ends the hash of a slice.
     *
     * @param rest the bytes behind the last eight, of which there may be none, with zeros above them
     */
    static long end(long hash, long rest, int length) {
        return step(hash + length * SECOND_PRIME, rest);
    }

    /** Has every bit of the result depend on every bit of two values, whose order matters. */
    static long combine(long first, long second) {
        long one = first ^ FIRST_PRIME;
        long other = second ^ SECOND_PRIME;
        return one * other ^ Math.multiplyHigh(one, other);
    }
}
