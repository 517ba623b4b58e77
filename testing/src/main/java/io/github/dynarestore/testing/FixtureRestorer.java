package io.github.dynarestore.testing;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.BackupFormat;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;

/** Finds out what table a fixture is of, and restores it. Thread-safe. */
final class FixtureRestorer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** A test's server has no capacity to respect. */
    private static final WriteRate RATE = WriteRate.unitsPerSecond(1_000_000);

    private static final int SHOWN_BAD_RECORDS = 3;

    /** What is done with a fixture's files. */
    @FunctionalInterface
    private interface Reading<T> {
        T of(FixtureFiles files) throws IOException;
    }

    private final DynamoDbAsyncClient dynamoDb;
    private final DynamoDbRestoreManager restores;

    /**
     * Creates one.
     *
     * @param dynamoDb is not closed
     */
    FixtureRestorer(DynamoDbAsyncClient dynamoDb) {
        this.dynamoDb = dynamoDb;
        restores = DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build();
    }

    /**
     * Says what the fixture's table looks like.
     *
     * @return a request without a name
     * @throws FixtureException if that is not known, or nothing lies there
     */
    CreateTableRequest describe(TableFixture fixture) {
        return with(fixture, files -> {
            byte[] described = files.table();
            if (described != null) {
                return agreeing(TableJson.read(described), fixture);
            }
            return table(fixture.key().isEmpty() ? probe(fixture, files) : fixture.key());
        });
    }

    private static CreateTableRequest agreeing(CreateTableRequest described, TableFixture fixture) {
        CreateTableRequest named = table(fixture.key());
        boolean agrees = fixture.key().isEmpty()
                || described.keySchema().equals(named.keySchema())
                        && described.attributeDefinitions().containsAll(named.attributeDefinitions());
        if (!agrees) {
            throw new FixtureException(
                    FixtureFiles.TABLE_FILE + " says another key than " + fixture.key() + ", which the test says");
        }
        return described;
    }

    private static CreateTableRequest table(Map<String, String> key) {
        List<AttributeDefinition> attributes = new ArrayList<>();
        List<KeySchemaElement> elements = new ArrayList<>();
        key.forEach((name, type) -> {
            attributes.add(AttributeDefinition.builder()
                    .attributeName(name)
                    .attributeType(type)
                    .build());
            elements.add(KeySchemaElement.builder()
                    .attributeName(name)
                    .keyType(elements.isEmpty() ? KeyType.HASH : KeyType.RANGE)
                    .build());
        });
        return CreateTableRequest.builder()
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attributes)
                .keySchema(elements)
                .build();
    }

    /** Estimates a restore into a table that is likely to have another key, for the records that are read on the way. */
    private Map<String, String> probe(TableFixture fixture, FixtureFiles files) {
        KeyProbe probe = new KeyProbe();
        if (fixture.columns() != null) {
            // Lines of values alone say nothing of a key.
            return probe.key();
        }
        DynamoDbRestoreManager.Builder probing =
                DynamoDbRestoreManager.builder().dynamoDb(dynamoDb);
        ServiceLoader.load(BackupFormat.class, loader()).forEach(format -> probing.format(probe.watch(format)));
        String scratch = TestServers.uniqueTableName("dynarestore-probe");
        Calls.await(dynamoDb.createTable(
                table(Map.of("id", "S")).toBuilder().tableName(scratch).build()));
        try (DynamoDbRestoreManager manager = probing.build()) {
            manager.estimate(plan(fixture, files, scratch)).join();
        } catch (CompletionException | RestoreException e) {
            // That the key is another one is what it was run for.
            if (!probe.hasRecords()) {
                throw failed(e, files, fixture);
            }
        } finally {
            Calls.await(dynamoDb.deleteTable(table -> table.tableName(scratch)));
        }
        return probe.key();
    }

    /**
     * Restores the fixture into an empty table.
     *
     * @throws FixtureException if that fails
     */
    void fill(TableFixture fixture, String table) {
        with(fixture, files -> {
            if (!files.isEmpty()) {
                try {
                    restores.start(plan(fixture, files, table)).completion().join();
                } catch (CompletionException | RestoreException e) {
                    throw failed(e, files, fixture);
                }
            }
            return table;
        });
    }

    private static RestorePlan plan(TableFixture fixture, FixtureFiles files, String table) {
        Backup backup = Backup.at(files.location());
        backup = fixture.format() == null ? backup : backup.format(fixture.format());
        backup = fixture.columns() == null ? backup : backup.columns(fixture.columns());
        return RestorePlan.builder()
                .from(backup)
                .into(table)
                .asOf(fixture.asOf())
                .writeRate(RATE)
                .patience(PATIENCE)
                .build();
    }

    private static FixtureException failed(RuntimeException failure, FixtureFiles files, TableFixture fixture) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        StringBuilder message = new StringBuilder(String.valueOf(cause.getMessage()));
        if (cause instanceof RestoreException refused) {
            refused.report().map(RestoreReport::badRecords).orElse(List.of()).stream()
                    .limit(SHOWN_BAD_RECORDS)
                    .forEach(bad -> message.append("; ")
                            .append(bad.object())
                            .append(" at byte ")
                            .append(bad.byteOffset())
                            .append(": ")
                            .append(bad.reason())
                            .append(": ")
                            .append(bad.detail()));
            if (refused.code() == RestoreErrorCode.FORMAT_UNKNOWN) {
                message.append("; formats on the class path: ").append(formatIds());
            }
        }
        // Nobody knows the directory that the fixture was copied to.
        String from = fixture.from().endsWith("/") ? fixture.from() : fixture.from() + "/";
        return new FixtureException(message.toString().replace(files.location(), from), cause);
    }

    private static Set<String> formatIds() {
        Set<String> ids = new TreeSet<>();
        ServiceLoader.load(BackupFormat.class, loader()).forEach(format -> ids.add(format.id()));
        return ids;
    }

    private <T> T with(TableFixture fixture, Reading<T> body) {
        try (FixtureFiles files = FixtureFiles.copy(fixture.from(), loader())) {
            return body.of(files);
        } catch (IOException e) {
            throw new FixtureException("its files cannot be copied: " + e, e);
        }
    }

    /** The test's own loader, which is not always the one that loaded this class. */
    private static ClassLoader loader() {
        ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
        return ofThread != null ? ofThread : FixtureRestorer.class.getClassLoader();
    }

    /** Cancels what is under way. */
    @Override
    public void close() {
        restores.close();
    }
}
