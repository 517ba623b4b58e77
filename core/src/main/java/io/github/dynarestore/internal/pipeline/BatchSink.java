package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;

/** Gathers the writes of one thread in batches and has them sent. */
final class BatchSink implements WriteSink {

    private final WriteStage stage;
    private final WriteBatcher batcher;
    private final RunCheckpoint checkpoint;

    BatchSink(WriteStage stage, RunCheckpoint checkpoint) {
        this.stage = stage;
        this.checkpoint = checkpoint;
        batcher = stage.newBatcher();
    }

    @Override
    public void put(Item item, KeyReader key, long token) throws InterruptedException {
        if (!tryPut(item, key, token)) {
            flush();
            mustFit(tryPut(item, key, token));
        }
    }

    private boolean tryPut(Item item, KeyReader key, long token) {
        return batcher.tryPut(
                item.json(), item.offset(), item.length(), item.sizeBytes(), key.hashHigh(), key.hashLow(), token);
    }

    @Override
    public void delete(byte[] keyJson, KeyReader key, long token) throws InterruptedException {
        if (!batcher.tryDelete(keyJson, 0, keyJson.length, key.hashHigh(), key.hashLow(), token)) {
            flush();
            mustFit(batcher.tryDelete(keyJson, 0, keyJson.length, key.hashHigh(), key.hashLow(), token));
        }
    }

    @Override
    public void left(long token) {
        checkpoint.filtered(token);
    }

    @Override
    public void held(long nanos) throws InterruptedException {
        stage.held(nanos);
    }

    @Override
    public void flush() throws InterruptedException {
        if (!batcher.isEmpty()) {
            stage.send(batcher.seal());
        }
    }

    private static void mustFit(boolean fits) {
        if (!fits) {
            throw new RestoreException(
                    RestoreErrorCode.INTERNAL, "one write does not fit into an empty batch", "report this as a bug");
        }
    }
}
