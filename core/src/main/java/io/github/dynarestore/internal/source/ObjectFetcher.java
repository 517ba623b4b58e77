package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import java.io.InputStream;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Opens listed objects, each exactly as it was listed or not at all.
 *
 * <p>An S3 object comes in bounded ranges, several under way at a time, each pinned to the listed ETag and read to its
 * end at once. No slow reader ever sits behind an open body, and a body that breaks costs one range. Safe for any number
 * of threads; each stream is for one.
 */
public final class ObjectFetcher {

    private final S3AsyncClient s3;
    private final ByteBudget budget;
    private final FetchSettings settings;
    private final ScheduledExecutorService timer;
    private final LongConsumer bytesRead;

    /**
     * Creates one. It owns nothing of what it is given.
     *
     * @param s3 best without retries of its own, which would multiply those made here
     * @param budget shared by all that fetch
     * @param timer runs the waits between attempts; shut down, it makes failed attempts final
     * @param bytesRead told the stored bytes of each range or block when its reader comes to it, on the reader's thread
     */
    public ObjectFetcher(
            S3AsyncClient s3,
            ByteBudget budget,
            FetchSettings settings,
            ScheduledExecutorService timer,
            LongConsumer bytesRead) {
        this.s3 = s3;
        this.budget = budget;
        this.settings = settings;
        this.timer = timer;
        this.bytesRead = bytesRead;
    }

    /** Opens a listed file, under the same promises as {@link #open}. */
    public static InputStream openFile(BackupObject file, LongConsumer bytesRead) {
        return new FileObjectStream(file, bytesRead);
    }

    /**
     * Begins to fetch an object. Objects may be opened ahead of their reading: their first ranges then wait in the
     * budget.
     *
     * <p>The stream is read by one thread, which it blocks, never one of the SDK's; closing it, by any thread, stops its
     * requests and wakes its reader. Its end is told only once everything was verified that can be.
     *
     * @return reads throw {@link DamagedObjectException} if this object is lost,
     *     {@link io.github.dynarestore.model.RestoreException} if the restore cannot go on, and
     *     {@link java.io.InterruptedIOException} if interrupted
     * @throws io.github.dynarestore.model.RestoreException if a file is not the one that was listed
     */
    public InputStream open(BackupObject object) {
        return openAmong(object, 1);
    }

    /** As {@link #open}, in smaller ranges if so many objects are read from side by side that the budget is scarce. */
    public InputStream openAmong(BackupObject object, int atOnce) {
        if ("file".equals(object.uri().getScheme())) {
            return openFile(object, bytesRead);
        }
        FetchSettings shared = settings.among(atOnce, budget.limitBytes());
        return new S3ObjectStream(object, budget, shared, (first, length) -> fetch(object, first, length), bytesRead);
    }

    private RangeFetch fetch(BackupObject object, long firstByte, int lengthBytes) {
        return new RangeFetch(s3, settings.retry(), timer, object, firstByte, lengthBytes);
    }
}
