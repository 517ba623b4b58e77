package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.spi.CheckpointLog;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Puts one frame after the other together, each to be appended in one go. Not thread-safe. */
final class FrameBuffer {

    /** Most bytes of a payload. */
    static final int MAX_PAYLOAD_BYTES = 1 << 20;
    /** Length and type. */
    static final int HEAD_BYTES = 5;
    /** What a frame has around its payload. */
    static final int AROUND_BYTES = HEAD_BYTES + Integer.BYTES;

    private final byte[] frame;
    private final int payloadEnd;
    private final CRC32C crc = new CRC32C();
    private int size = HEAD_BYTES;

    /**
     * Creates an empty one.
     *
     * @param maxPayloadBytes at most {@link #MAX_PAYLOAD_BYTES}
     */
    FrameBuffer(int maxPayloadBytes) {
        frame = new byte[AROUND_BYTES + maxPayloadBytes];
        payloadEnd = HEAD_BYTES + maxPayloadBytes;
    }

    int payloadBytes() {
        return size - HEAD_BYTES;
    }

    int roomBytes() {
        return payloadEnd - size;
    }

    void put(byte[] bytes, int offset, int length) {
        System.arraycopy(bytes, offset, frame, size, length);
        size += length;
    }

    void putLong(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            frame[size++] = (byte) (value >>> shift);
        }
    }

    /** Seven bits a byte, the lowest first; all but the last byte have the highest bit set. */
    void putVarint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            frame[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        frame[size++] = (byte) rest;
    }

    /** Appends the frame with what was put, and is empty again. */
    void appendTo(CheckpointLog log, FrameType type) throws IOException {
        putInt(0, payloadBytes());
        frame[Integer.BYTES] = type.code();
        crc.reset();
        crc.update(frame, 0, size);
        putInt(size, (int) crc.getValue());
        int length = size + Integer.BYTES;
        size = HEAD_BYTES;
        log.append(frame, 0, length);
    }

    private void putInt(int at, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            frame[at + i] = (byte) (value >>> (24 - 8 * i));
        }
    }
}
