package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Identity;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

@Timeout(120)
class FirehoseBackupWriterTest {

    private static final JsonFactory JSON = new JsonFactory();

    private final DynamoDbAsyncClient client = TestServers.dynamoDb().asyncClient();
    private final EmbeddedS3 s3 = TestServers.s3();
    private String bucket;

    @BeforeEach
    void makeBucket() {
        bucket = TestServers.uniqueBucketName("backup");
        s3.createBucket(bucket);
    }

    @Test
    void write_recordedStream_holdsEveryChangeInItsOrder() throws IOException {
        String table = TestTables.create(client, "Orders");
        Map<String, AttributeValue> everyType = Map.of(
                "id", AttributeValue.fromS("all"),
                "b", AttributeValue.fromB(SdkBytes.fromUtf8String("binary")),
                "n", AttributeValue.fromN("12345678901234567890123456789012345678"),
                "ss", AttributeValue.fromSs(List.of("a", "b")),
                "m", AttributeValue.fromM(Map.of("l", AttributeValue.fromL(List.of(AttributeValue.fromBool(true))))),
                "z", AttributeValue.fromNul(true));
        put(table, TestTables.item("1", 1));
        put(table, TestTables.item("1", 2));
        put(table, everyType);
        Calls.await(client.deleteItem(delete -> delete.tableName(table).key(Map.of("id", AttributeValue.fromS("1")))));

        List<Record> records = StreamRecorder.of(TestServers.dynamoDb()).read(table, 4);
        FirehoseBackupWriter writer = FirehoseBackupWriter.builder(s3, bucket, table)
                .recordsPerObject(3)
                .build();
        List<String> keys = writer.write(records);

        assertThat(records)
                .extracting(Record::eventName)
                .containsExactly(
                        OperationType.INSERT, OperationType.MODIFY, OperationType.INSERT, OperationType.REMOVE);
        assertThat(s3.keys(bucket, writer.tablePrefix())).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(keys)
                .hasSize(2)
                .allMatch(key -> key.matches("dynamodb/backup/" + table + "/\\d{4}/\\d\\d/\\d\\d/\\d\\d/" + table
                        + "-1-\\d{4}-\\d\\d-\\d\\d-\\d\\d-\\d\\d-\\d\\d-[0-9a-f-]{36}\\.gz"));
        String lines = gunzip(keys.get(0)) + gunzip(keys.get(1));
        assertThat(lines.lines()).hasSize(4);
        List<Map<String, String>> written = parse(lines);
        assertThat(written.get(0).keySet())
                .containsExactly(
                        "Keys", "NewImage", "SequenceNumber", "SizeBytes", "ApproximateCreationDateTime", "eventName");
        assertThat(written.get(1).keySet()).contains("NewImage", "OldImage");
        assertThat(written.get(3).keySet()).contains("OldImage").doesNotContain("NewImage");
        assertThat(item(written.get(1), "NewImage")).isEqualTo(TestTables.item("1", 2));
        assertThat(item(written.get(1), "OldImage")).isEqualTo(TestTables.item("1", 1));
        assertThat(item(written.get(2), "NewImage")).isEqualTo(everyType);
        assertThat(written)
                .extracting(record -> record.get("eventName"))
                .containsExactly("INSERT", "MODIFY", "INSERT", "REMOVE");
        assertThat(new BigInteger(written.get(0).get("SequenceNumber")))
                .isLessThan(new BigInteger(written.get(1).get("SequenceNumber")));
        assertThat(Long.parseLong(written.get(0).get("ApproximateCreationDateTime")))
                .isBetween(Instant.now().getEpochSecond() - 300, Instant.now().getEpochSecond() + 60);
    }

    @Test
    void write_shuffledWithDuplicates_losesNothingAndIsTheSameAgain() throws IOException {
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            records.add(record(i));
        }
        String other = TestServers.uniqueBucketName("backup");
        s3.createBucket(other);
        List<String> keys = disordered(bucket).write(records);
        List<String> keysAgain = disordered(other).write(records);

        List<String> sequence = new ArrayList<>();
        for (String key : keys) {
            parse(gunzip(key)).forEach(record -> sequence.add(record.get("SequenceNumber")));
            assertThat(s3.get(other, key)).isEqualTo(s3.get(bucket, key));
        }

        assertThat(keysAgain).isEqualTo(keys);
        assertThat(sequence).isNotEqualTo(sequence.stream().sorted().toList());
        assertThat(sequence.size()).isBetween(240, 360);
        assertThat(new HashSet<>(sequence)).hasSize(200);
    }

    @Test
    void write_noDelimiter_runsRecordsTogether() throws IOException {
        List<String> keys = FirehoseBackupWriter.builder(s3, bucket, "Orders")
                .prefix("")
                .delimiter(FirehoseBackupWriter.Delimiter.NONE)
                .build()
                .write(List.of(record(1), record(2)));

        assertThat(keys).hasSize(1).allMatch(key -> key.startsWith("Orders/2016/10/15/23/Orders-1-2016-10-15-23-05-"));
        assertThat(gunzip(keys.get(0))).contains("}{").doesNotContain("\n");
    }

    @Test
    void tablePrefix_longTableName_isCut() {
        String table = "t".repeat(100);

        assertThat(FirehoseBackupWriter.builder(s3, bucket, table).build().tablePrefix())
                .isEqualTo("dynamodb/backup/" + "t".repeat(64) + "/");
    }

    @Test
    void encode_removedByTimeToLive_saysWho() {
        Record expired = record(1).toBuilder()
                .eventName(OperationType.REMOVE)
                .userIdentity(Identity.builder()
                        .principalId("dynamodb.amazonaws.com")
                        .type("Service")
                        .build())
                .build();

        assertThat(new String(FirehoseBackupWriter.encode(expired), StandardCharsets.UTF_8))
                .endsWith("\"eventName\":\"REMOVE\","
                        + "\"userIdentity\":{\"principalId\":\"dynamodb.amazonaws.com\",\"type\":\"Service\"}}");
    }

    @Test
    void builder_outOfRange_refuses() {
        FirehoseBackupWriter.Builder builder = FirehoseBackupWriter.builder(s3, bucket, "Orders");

        assertThatThrownBy(() -> builder.recordsPerObject(0)).hasMessageContaining("0");
        assertThatThrownBy(() -> builder.duplicates(1.5)).hasMessageContaining("1.5");
        assertThatThrownBy(() -> builder.prefix("a/")).hasMessageContaining("a/");
    }

    @Test
    void read_tableWithoutStream_refuses() {
        String table = TestServers.uniqueTableName("Still");
        Calls.await(client.createTable(create -> create.tableName(table)
                .billingMode("PAY_PER_REQUEST")
                .attributeDefinitions(List.of(AttributeDefinition.builder()
                        .attributeName("id")
                        .attributeType("S")
                        .build()))
                .keySchema(List.of(KeySchemaElement.builder()
                        .attributeName("id")
                        .keyType("HASH")
                        .build()))));

        assertThatThrownBy(() -> StreamRecorder.of(TestServers.dynamoDb()).read(table, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(table);
    }

    private FirehoseBackupWriter disordered(String where) {
        return FirehoseBackupWriter.builder(s3, where, "Orders")
                .recordsPerObject(50)
                .duplicates(0.5)
                .shuffled()
                .seed(3)
                .build();
    }

    private static Record record(int number) {
        Map<String, AttributeValue> item = TestTables.item(Integer.toString(number), number);
        return Record.builder()
                .eventName(OperationType.INSERT)
                .dynamodb(StreamRecord.builder()
                        .keys(Map.of("id", item.get("id")))
                        .newImage(item)
                        .sequenceNumber(Integer.toString(100_000 + number))
                        .sizeBytes(50L)
                        .approximateCreationDateTime(
                                Instant.parse("2016-10-15T23:05:00Z").plusSeconds(number))
                        .build())
                .build();
    }

    private void put(String table, Map<String, AttributeValue> item) {
        Calls.await(client.putItem(put -> put.tableName(table).item(item)));
    }

    private String gunzip(String key) throws IOException {
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(s3.get(bucket, key)))) {
            return new String(gzip.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Records one after the other; each field as its text. */
    private static List<Map<String, String>> parse(String json) throws IOException {
        List<Map<String, String>> records = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                Map<String, String> record = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    if (parser.nextToken() == JsonToken.START_OBJECT) {
                        ByteArrayOutputStream copy = new ByteArrayOutputStream();
                        try (var generator = JSON.createGenerator(copy)) {
                            generator.copyCurrentStructure(parser);
                        }
                        record.put(name, copy.toString(StandardCharsets.UTF_8));
                    } else {
                        record.put(name, parser.getText());
                    }
                }
                records.add(record);
            }
        }
        return records;
    }

    private static Map<String, AttributeValue> item(Map<String, String> record, String field) {
        byte[] bytes = record.getOrDefault(field, "").getBytes(StandardCharsets.UTF_8);
        return new HashMap<>(ItemImage.wrap(bytes, 0, bytes.length).attributes());
    }
}
