package io.github.dynarestore.internal.write;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/** Sends a batch once, without retries of its own. */
public interface BatchTransport extends AutoCloseable {

    /**
     * Sends it; the future may complete on an SDK thread.
     *
     * @param departed run as the request leaves this process, perhaps on an SDK thread; never, if it does not
     */
    CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed);

    /** What IAM must allow for it, as its documents spell it. */
    default String permissions() {
        return "dynamodb:BatchWriteItem";
    }

    /** Most writes that it takes in one batch. */
    default int mostWrites() {
        return 25;
    }

    @Override
    void close();
}
