package io.github.dynarestore.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.DescribeStreamResponse;
import software.amazon.awssdk.services.dynamodb.model.GetRecordsResponse;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.Shard;
import software.amazon.awssdk.services.dynamodb.model.ShardIteratorType;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsAsyncClient;

/**
 * Reads what has happened to a table from its DynamoDB stream: all shards, each after its parent, so that the changes
 * of one key come in their order.
 */
public final class StreamRecorder {

    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private final DynamoDbAsyncClient tables;
    private final DynamoDbStreamsAsyncClient streams;

    /** Creates a recorder; the clients are not closed by it. */
    public StreamRecorder(DynamoDbAsyncClient tables, DynamoDbStreamsAsyncClient streams) {
        this.tables = tables;
        this.streams = streams;
    }

    /** Creates a recorder of a local server's tables. */
    public static StreamRecorder of(DynamoDbLocal server) {
        return new StreamRecorder(server.asyncClient(), server.streamsClient());
    }

    /**
     * Reads a table's stream from its beginning up to its present end. An open shard does not say where its end is, so
     * the caller says how many changes there must be; the wait for them is at most a minute.
     *
     * @param atLeast how many changes to wait for
     * @throws IllegalStateException if the table has no stream, or fewer changes appear in time
     */
    public List<Record> read(String tableName, int atLeast) {
        String stream = Calls.await(tables.describeTable(request -> request.tableName(tableName)))
                .table()
                .latestStreamArn();
        if (stream == null) {
            throw new IllegalStateException("table " + tableName + " has no stream");
        }
        Map<String, Place> places = new HashMap<>();
        List<Record> records = new ArrayList<>();
        return Polling.until(atLeast + " changes in the stream of " + tableName, READ_LIMIT, () -> {
            readWhatIsThere(stream, places, records);
            return records.size() < atLeast ? Optional.empty() : Optional.of(List.copyOf(records));
        });
    }

    private void readWhatIsThere(String stream, Map<String, Place> places, List<Record> records) {
        List<Shard> waiting = new ArrayList<>(shards(stream));
        Set<String> present = new HashSet<>();
        waiting.forEach(shard -> present.add(shard.shardId()));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Shard shard : List.copyOf(waiting)) {
                Place parent = places.get(shard.parentShardId());
                // A parent past its retention is no longer listed and has nothing left to wait for.
                if (shard.parentShardId() == null
                        || !present.contains(shard.parentShardId())
                        || (parent != null && parent.isAtEnd())) {
                    readShard(stream, shard, places, records);
                    waiting.remove(shard);
                    moved = true;
                }
            }
        }
    }

    private void readShard(String stream, Shard shard, Map<String, Place> places, List<Record> records) {
        Place place = places.get(shard.shardId());
        if (place == null) {
            place = new Place(Calls.await(streams.getShardIterator(request -> request.streamArn(stream)
                            .shardId(shard.shardId())
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON)))
                    .shardIterator());
        }
        while (!place.isAtEnd()) {
            String iterator = place.iterator();
            GetRecordsResponse page = Calls.await(streams.getRecords(request -> request.shardIterator(iterator)));
            records.addAll(page.records());
            place = new Place(page.nextShardIterator());
            if (page.records().isEmpty()) {
                break;
            }
        }
        places.put(shard.shardId(), place);
    }

    private List<Shard> shards(String stream) {
        List<Shard> shards = new ArrayList<>();
        String[] after = {null};
        do {
            DescribeStreamResponse page = Calls.await(
                    streams.describeStream(request -> request.streamArn(stream).exclusiveStartShardId(after[0])));
            shards.addAll(page.streamDescription().shards());
            after[0] = page.streamDescription().lastEvaluatedShardId();
        } while (after[0] != null);
        return shards;
    }

    /**
     * How far a shard is read.
     *
     * @param iterator where to go on; null at the end of a closed shard
     */
    private record Place(@Nullable String iterator) {
        boolean isAtEnd() {
            return iterator == null;
        }
    }
}
