package io.github.dynarestore;

import com.google.common.collect.Lists;
import io.github.dynarestore.S3CheckpointObjects.Listed;
import io.github.dynarestore.S3CheckpointObjects.Stored;
import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A checkpoint in numbered objects of S3, its segments. */
final class S3CheckpointLog implements CheckpointLog {

    private static final String BEGINNING = "journal-";
    private static final Pattern NAME = Pattern.compile(BEGINNING + "\\d{10}");

    private final S3CheckpointObjects objects;
    private final S3Lease lease;

    private int segments;

    /**
     * Opens the log.
     *
     * @param lease is closed with the log, but not if this fails
     */
    S3CheckpointLog(S3CheckpointObjects objects, S3Lease lease) throws IOException {
        this.objects = objects;
        this.lease = lease;
        this.segments = list(objects).size();
    }

    private static String name(int number) {
        return String.format(Locale.ROOT, "%s%010d", BEGINNING, number);
    }

    private static List<Listed> list(S3CheckpointObjects objects) throws IOException {
        return objects.list(BEGINNING).stream()
                .filter(listed -> NAME.matcher(listed.name()).matches())
                .toList();
    }

    @Override
    public InputStream read() throws IOException {
        List<Listed> listed = list(objects);
        for (int i = 0; i < listed.size(); i++) {
            if (!listed.get(i).name().equals(name(i + 1))) {
                throw new IOException("the object " + name(i + 1) + " is missing");
            }
        }
        return new S3SegmentsInputStream(objects, listed);
    }

    @Override
    public void truncate(long length) throws IOException {
        List<Listed> listed = list(objects);
        long end = listed.stream().mapToLong(Listed::sizeBytes).sum();
        if (length < 0 || length > end) {
            throw new IllegalArgumentException("there are " + end + " bytes, of which " + length + " are to stay");
        }
        // From the end: whenever this is broken off, what is left is a beginning.
        for (int i = listed.size() - 1; i >= 0 && end > length; i--) {
            lease.keep();
            Listed last = listed.get(i);
            long start = end - last.sizeBytes();
            if (start >= length) {
                objects.delete(last.name());
                segments = i;
            } else {
                cut(last.name(), (int) (length - start));
            }
            end = start;
        }
    }

    private void cut(String name, int keptBytes) throws IOException {
        Stored whole = objects.get(name);
        if (whole == null || whole.bytes().length < keptBytes) {
            throw new IOException("the object " + name + " changed");
        }
        byte[] kept = Arrays.copyOf(whole.bytes(), keptBytes);
        if (objects.replace(name, lease.owner(), whole, kept) == null) {
            requireOwn(name, kept);
        }
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
        lease.keep();
        byte[] segment = Arrays.copyOfRange(bytes, offset, offset + length);
        String name = name(segments + 1);
        if (objects.putNew(name, lease.owner(), segment) == null) {
            requireOwn(name, segment);
        }
        segments++;
    }

    @Override
    public void sync() {
        // What S3 has acknowledged stays.
    }

    /** A refusal may be due to an attempt of one's own that went well and whose answer was lost. */
    private void requireOwn(String name, byte[] bytes) throws IOException {
        Stored there = objects.get(name);
        if (there == null || !there.owner().equals(lease.owner()) || !Arrays.equals(there.bytes(), bytes)) {
            throw new CheckpointInUseException("another process wrote " + name);
        }
    }

    @Override
    public void delete() throws IOException {
        // A part of the segments must never pass for a run that can be taken up.
        lease.markDeleting();
        deleteSegments(objects, lease);
        lease.delete();
    }

    /** Deletes all segments; the lease says that this is being done. */
    static void deleteSegments(S3CheckpointObjects objects, S3Lease lease) throws IOException {
        List<String> names = list(objects).stream().map(Listed::name).toList();
        for (List<String> some : Lists.partition(names, S3CheckpointObjects.MAX_DELETED_AT_ONCE)) {
            lease.keep();
            objects.deleteAll(some);
        }
    }

    @Override
    public void keepAlive() throws IOException {
        lease.keep();
    }

    @Override
    public void close() throws IOException {
        lease.close();
    }
}
