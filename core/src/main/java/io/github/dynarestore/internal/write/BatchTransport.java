package io.github.dynarestore.internal.write;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/** Sends a batch once, without retries of its own. */
public interface BatchTransport extends AutoCloseable {

    /** Sends it; the future may complete on an SDK thread. */
    CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch);

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
