package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Yields the bytes of one S3 object in order while its next ranges are under way.
 *
 * <p>Read by one thread, which may block here; closed by any. A failure stays: each later read repeats it.
 */
final class S3ObjectStream extends InputStream {

    /** Makes the fetch of one range; not started. */
    @FunctionalInterface
    interface RangeFetches {
        RangeFetch of(long firstByte, int lengthBytes);
    }

    private final BackupObject object;
    private final ByteBudget budget;
    private final int rangeBytes;
    private final int rangesAhead;
    private final RangeFetches fetches;
    private final LongConsumer bytesRead;
    private final @Nullable MessageDigest md5;

    /** Ranges under way in their order, the one being read first; guarded by this. */
    private final ArrayDeque<RangeFetch> ranges = new ArrayDeque<>();

    private long startedBytes;
    private volatile boolean isClosed;

    private final byte[] single = new byte[1];
    private byte[] current = new byte[0];
    private int position;
    private long deliveredBytes;
    private boolean isEtagOfContent;
    private @Nullable Exception failure;

    S3ObjectStream(
            BackupObject object,
            ByteBudget budget,
            FetchSettings settings,
            RangeFetches fetches,
            LongConsumer bytesRead) {
        this.object = object;
        this.budget = budget;
        this.rangeBytes = settings.rangeBytes();
        this.rangesAhead = settings.rangesPerObject();
        this.fetches = fetches;
        this.bytesRead = bytesRead;
        // Directory buckets make up their ETags.
        this.isEtagOfContent = Etags.looksLikeMd5(object.etag()) && !"EXPRESS_ONEZONE".equals(object.storageClass());
        this.md5 = isEtagOfContent ? newMd5() : null;
        startMore();
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if ((isClosed || position == current.length) && !nextRange()) {
            return -1;
        }
        int count = Math.min(length, current.length - position);
        System.arraycopy(current, position, buffer, offset, count);
        position += count;
        deliveredBytes += count;
        if (position == current.length) {
            current = new byte[0];
            position = 0;
            dropFirst();
            startMore();
        }
        return count;
    }

    private boolean nextRange() throws IOException {
        RangeFetch next;
        synchronized (this) {
            if (failure != null) {
                rethrow(failure);
            }
            if (isClosed) {
                throw new IOException("the stream is closed");
            }
            next = ranges.peekFirst();
        }
        if (next == null) {
            return false;
        }
        try {
            current = verified(next);
        } catch (IOException | RestoreException e) {
            failure = e;
            stop();
            throw e;
        }
        position = 0;
        bytesRead.accept(current.length);
        return true;
    }

    private byte[] verified(RangeFetch range) throws IOException {
        while (true) {
            RangeBody body = range.await();
            isEtagOfContent &= body.isEtagOfContent();
            byte[] bytes = body.bytes();
            if (md5 == null || !isEtagOfContent) {
                return bytes;
            }
            md5.update(bytes);
            if (deliveredBytes + bytes.length < object.sizeBytes()) {
                return bytes;
            }
            if (HexFormat.of().formatHex(md5.digest()).equals(object.etag().toLowerCase(Locale.ROOT))) {
                return bytes;
            }
            if (bytes.length < object.sizeBytes()) {
                // Earlier ranges are with the reader already and cannot be fetched again.
                throw new DamagedObjectException(
                        DamagedObjectException.OBJECT_CORRUPT,
                        object.sizeBytes(),
                        "the content does not match the MD5 in the ETag");
            }
            range.refetch("the content does not match the MD5 in the ETag");
        }
    }

    private static void rethrow(Exception failure) throws IOException {
        if (failure instanceof IOException io) {
            throw io;
        }
        throw (RestoreException) failure;
    }

    private void startMore() {
        List<RangeFetch> started = new ArrayList<>(rangesAhead);
        synchronized (this) {
            while (!isClosed && ranges.size() < rangesAhead && startedBytes < object.sizeBytes()) {
                int lengthBytes = (int) Math.min(rangeBytes, object.sizeBytes() - startedBytes);
                RangeFetch next = fetches.of(startedBytes, lengthBytes);
                startedBytes += lengthBytes;
                ranges.add(next);
                started.add(next);
            }
        }
        for (RangeFetch range : started) {
            range.start(budget);
        }
    }

    private void dropFirst() {
        RangeFetch first;
        synchronized (this) {
            first = ranges.pollFirst();
        }
        if (first != null) {
            first.close();
        }
    }

    private void stop() {
        List<RangeFetch> dropped;
        synchronized (this) {
            isClosed = true;
            dropped = new ArrayList<>(ranges);
            ranges.clear();
        }
        dropped.forEach(RangeFetch::close);
    }

    @Override
    public void close() {
        stop();
    }

    private static MessageDigest newMd5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
