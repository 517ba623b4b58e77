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
        long hash = length;
        int i = from;
        int to = from + length;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            hash = mix(hash, (long) EIGHT_BYTES.get(bytes, i));
        }
        if (i < to) {
            int left = to - i;
            long rest;
            if (i <= bytes.length - Long.BYTES) {
                rest = (long) EIGHT_BYTES.get(bytes, i) & (1L << left * Byte.SIZE) - 1;
            } else {
                rest = 0;
                for (int j = to - 1; j >= i; j--) {
                    rest = rest << Byte.SIZE | bytes[j] & 0xff;
                }
            }
            hash = mix(hash, rest);
        }
        return hash;
    }

    private static long mix(long hash, long eight) {
        long mixed = (hash ^ eight) * MULTIPLIER;
        return mixed ^ mixed >>> 32;
    }

    /** Has every bit of the result depend on every bit of two values, whose order matters. */
    static long combine(long first, long second) {
        long mixed = first * MULTIPLIER ^ second;
        mixed = (mixed ^ mixed >>> 33) * SECOND_PRIME;
        mixed = (mixed ^ mixed >>> 29) * FIRST_PRIME;
        return mixed ^ mixed >>> 32;
    }
}
