package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.batch.WriteBatch;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.write.DirectTransport;
import io.github.dynarestore.internal.write.OutgoingBatch;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/** Without this, every other test would pass just as well through the client, and nobody would see. */
class DirectTransportTest {

    @Test
    void open_ordinaryClient_isDirectAndWrites() {
        String table = Fixture.table(TableShape.S);
        WriteBatcher batcher = new WriteBatcher(table);
        byte[] item = "{\"pk\":{\"S\":\"\u00e9\"},\"n\":{\"N\":\"1e2\"}}".getBytes(StandardCharsets.UTF_8);
        assertThat(batcher.tryPut(item, 0, item.length, 10, 1, 1, 1)).isTrue();
        WriteBatch sealed = batcher.seal();

        try (DirectTransport transport =
                DirectTransport.open(Fixture.DYNAMO_DB, table).join()) {
            assertThat(transport).isNotNull();
            BatchWriteItemResponse response = transport
                    .send(
                            new OutgoingBatch(
                                    table,
                                    sealed.body(),
                                    sealed.bodyLength(),
                                    sealed.offsets(),
                                    sealed.lengths(),
                                    sealed.deletes(),
                                    sealed.tokens(),
                                    sealed.units()),
                            () -> {})
                    .join();

            assertThat(response.hasUnprocessedItems()).isTrue();
            assertThat(response.consumedCapacity())
                    .singleElement()
                    .satisfies(capacity -> assertThat(capacity.capacityUnits()).isEqualTo(1.0));
        }
        assertThat(Fixture.DYNAMO_DB
                        .scan(request -> request.tableName(table))
                        .join()
                        .items())
                .containsExactly(Map.of("pk", AttributeValue.fromS("\u00e9"), "n", AttributeValue.fromN("100")));
    }
}
