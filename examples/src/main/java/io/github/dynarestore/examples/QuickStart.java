package io.github.dynarestore.examples;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.FirehoseBackupWriter;
import io.github.dynarestore.testing.StreamRecorder;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The main job on embedded servers: a table lives, its stream is backed up to S3 with duplicates and out of order, and
 * a second table gets the state of the first at an instant in between.
 */
public final class QuickStart {

    private static final String TABLE = "Orders";
    private static final String RESTORED = "Orders_restored";
    private static final String BUCKET = "backups";

    private final DynamoDbAsyncClient dynamoDb;
    private final PrintStream out;

    private QuickStart(DynamoDbAsyncClient dynamoDb, PrintStream out) {
        this.dynamoDb = dynamoDb;
        this.out = out;
    }

    /** Runs it; exit code 0 if the restored table equals the table as it was. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        boolean equal;
        try (DynamoDbLocal database = DynamoDbLocal.start();
                EmbeddedS3 store = EmbeddedS3.start()) {
            equal = new QuickStart(database.asyncClient(), out).run(database, store);
        }
        System.exit(equal ? 0 : 1);
    }

    /** Lives, backs up, restores and compares; returns whether the two states are equal. */
    static boolean run(DynamoDbLocal database, EmbeddedS3 store, PrintStream out) {
        return new QuickStart(database.asyncClient(), out).run(database, store);
    }

    private boolean run(DynamoDbLocal database, EmbeddedS3 store) {
        createTable(TABLE, true);
        createTable(RESTORED, false);

        put("o-1", "customer", "Ada", "total", "12.50");
        put("o-2", "customer", "Grace", "total", "7");
        put("o-3", "customer", "Edsger", "total", "99.99");
        put("o-1", "customer", "Ada", "total", "25.00");
        delete("o-3");
        put("o-4", "customer", "Barbara", "total", "3.14");
        Instant asOf = endOfThisSecond();
        Map<String, Map<String, AttributeValue>> then = items(TABLE);
        StreamRecorder stream = StreamRecorder.of(database);
        List<Record> changes = new ArrayList<>(made(asOf, stream.read(TABLE, 6)));

        delete("o-2");
        put("o-1", "customer", "Mallory", "total", "0");
        put("o-3", "customer", "Mallory", "total", "0");
        delete("o-4");
        show("The table now, after a bad deployment:", items(TABLE));

        store.createBucket(BUCKET);
        FirehoseBackupWriter backup = FirehoseBackupWriter.builder(store, BUCKET, TABLE)
                .recordsPerObject(4)
                .duplicates(1)
                .shuffled()
                .seed(7)
                .build();
        List<Record> all = stream.read(TABLE, 10);
        changes.addAll(made(asOf.plusSeconds(1), all.subList(changes.size(), all.size())));
        int objects = backup.write(changes).size();
        String location = "s3://" + BUCKET + "/" + backup.tablePrefix();
        out.println();
        out.println(objects + " backup objects at " + location + ", every record twice and out of order");

        RestoreReport report = restore(dynamoDb, store.asyncClient(), location, asOf);
        Map<String, Map<String, AttributeValue>> restored = items(RESTORED);
        show("The table restored to " + asOf + ":", restored);
        out.println();
        out.println(report.toJson());
        boolean equal = restored.equals(then);
        out.println();
        out.println(
                equal
                        ? "Equal, item by item, to the table as it was at that instant."
                        : "NOT EQUAL to the table as it was at that instant: " + then);
        return equal;
    }

    private static RestoreReport restore(
            DynamoDbAsyncClient dynamoDbAsyncClient, S3AsyncClient s3AsyncClient, String location, Instant asOf) {
        // [readme]
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(s3AsyncClient)
                .dynamoDb(dynamoDbAsyncClient)
                .build()) {

            RestorePlan plan = RestorePlan.builder()
                    .from(location) // s3://backups/dynamodb/backup/Orders/
                    .into("Orders_restored")
                    .asOf(asOf) // Instant.parse("2016-10-15T23:59:59Z")
                    .writeRate(WriteRate.unitsPerSecond(500)) // or fractionOfTable(0.25)
                    .build();

            return restores.start(plan).completion().join();
        }
        // [/readme]
    }

    /** DynamoDB Local tells the minute of a change only, DynamoDB its second; here it is put back in. */
    private static List<Record> made(Instant second, List<Record> records) {
        return records.stream()
                .map(record -> record.toBuilder()
                        .dynamodb(record.dynamodb().toBuilder()
                                .approximateCreationDateTime(second)
                                .build())
                        .build())
                .toList();
    }

    /** Stream records tell whole seconds, so what comes next must fall into another one. */
    private static Instant endOfThisSecond() {
        Instant second = Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS);
        Duration untilNext = Duration.between(Clock.systemUTC().instant(), second.plusMillis(1_050));
        new CompletableFuture<Void>()
                .completeOnTimeout(null, Math.max(0, untilNext.toMillis()), TimeUnit.MILLISECONDS)
                .join();
        return second;
    }

    private void createTable(String table, boolean withStream) {
        dynamoDb.createTable(request -> request.tableName(table)
                        .attributeDefinitions(AttributeDefinition.builder()
                                .attributeName("id")
                                .attributeType(ScalarAttributeType.S)
                                .build())
                        .keySchema(KeySchemaElement.builder()
                                .attributeName("id")
                                .keyType(KeyType.HASH)
                                .build())
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .streamSpecification(
                                withStream
                                        ? StreamSpecification.builder()
                                                .streamEnabled(true)
                                                .streamViewType(StreamViewType.NEW_AND_OLD_IMAGES)
                                                .build()
                                        : null))
                .join();
    }

    private void put(String id, String name, String text, String number, String digits) {
        dynamoDb.putItem(request -> request.tableName(TABLE)
                        .item(Map.of(
                                "id",
                                AttributeValue.fromS(id),
                                name,
                                AttributeValue.fromS(text),
                                number,
                                AttributeValue.fromN(digits))))
                .join();
    }

    private void delete(String id) {
        dynamoDb.deleteItem(request -> request.tableName(TABLE).key(Map.of("id", AttributeValue.fromS(id))))
                .join();
    }

    private Map<String, Map<String, AttributeValue>> items(String table) {
        Map<String, Map<String, AttributeValue>> items = new TreeMap<>();
        dynamoDb.scan(request -> request.tableName(table).consistentRead(true))
                .join()
                .items()
                .forEach(
                        item -> items.put(Objects.requireNonNull(item.get("id")).s(), item));
        return items;
    }

    private void show(String title, Map<String, Map<String, AttributeValue>> items) {
        out.println();
        out.println(title);
        items.values()
                .forEach(item -> out.println(
                        "  " + new String(ItemImage.of(new TreeMap<>(item)).toByteArray(), StandardCharsets.UTF_8)));
    }
}
