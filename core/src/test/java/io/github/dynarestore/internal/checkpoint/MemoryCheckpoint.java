package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A checkpoint in memory that remembers what was done to it. */
final class MemoryCheckpoint implements CheckpointStore, CheckpointLog {

    private byte[] bytes = new byte[1 << 12];
    private int length;
    private boolean open;
    private int bytesUntilFailure = Integer.MAX_VALUE;
    private final List<String> calls = new ArrayList<>();

    static MemoryCheckpoint of(byte[] bytes) {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        checkpoint.bytes = bytes.clone();
        checkpoint.length = bytes.length;
        return checkpoint;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    int length() {
        return length;
    }

    /** Frame types of appends, {@code HEADER}, {@code sync}, {@code truncate N}, {@code delete}. */
    List<String> calls() {
        return calls;
    }

    boolean isOpen() {
        return open;
    }

    /** The append that passes so many bytes writes only those. */
    void failAfter(int moreBytes) {
        bytesUntilFailure = moreBytes;
    }

    @Override
    public CheckpointLog open() throws IOException {
        if (open) {
            throw new CheckpointInUseException("a test has it");
        }
        open = true;
        return this;
    }

    @Override
    public String location() {
        return "memory";
    }

    @Override
    public InputStream read() {
        return new ByteArrayInputStream(bytes, 0, length);
    }

    @Override
    public void truncate(long kept) {
        calls.add("truncate " + kept);
        length = (int) kept;
    }

    @Override
    public void append(byte[] added, int offset, int addedLength) throws IOException {
        boolean isHeader = added[offset] == FrameReader.header()[0];
        calls.add(isHeader ? "HEADER" : String.valueOf(FrameType.of(added[offset + Integer.BYTES])));
        int taken = Math.min(addedLength, bytesUntilFailure);
        if (length + taken > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * (length + taken));
        }
        System.arraycopy(added, offset, bytes, length, taken);
        length += taken;
        bytesUntilFailure -= taken;
        if (taken < addedLength) {
            throw new IOException("the disk is full");
        }
    }

    @Override
    public void sync() {
        calls.add("sync");
    }

    @Override
    public void delete() {
        calls.add("delete");
        length = 0;
    }

    @Override
    public void close() {
        open = false;
    }
}
