package io.github.dynarestore;

import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.IOException;
import java.time.Clock;
import java.util.function.LongSupplier;

/** A checkpoint in S3. */
final class S3CheckpointStore implements CheckpointStore {

    private final S3CheckpointObjects objects;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final S3Lease.Waiting waiting;

    /**
     * Creates one; asks nothing of S3 yet.
     *
     * @param clock says when leases expire; other processes have one too
     * @param nanoTime tells how much time has gone
     * @param waiting lets time go by
     */
    S3CheckpointStore(S3CheckpointObjects objects, Clock clock, LongSupplier nanoTime, S3Lease.Waiting waiting) {
        this.objects = objects;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.waiting = waiting;
    }

    @Override
    public CheckpointLog open() throws IOException {
        S3Lease lease = S3Lease.take(objects, clock, nanoTime, waiting);
        try {
            if (lease.isDeleting()) {
                S3CheckpointLog.deleteSegments(objects, lease);
                lease.hold();
            }
            return new S3CheckpointLog(objects, lease);
        } catch (IOException | RuntimeException e) {
            try {
                lease.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    @Override
    public String location() {
        return objects.location();
    }
}
