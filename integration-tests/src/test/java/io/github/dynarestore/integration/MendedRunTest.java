package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Sentences about resuming and pausing, each with a run that makes it false. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MendedRunTest {

    @TempDir
    Path directory;

    private void breakOff(DynamoDbRestoreManager restores, RestorePlan.Builder plan) throws Exception {
        RestoreHandle handle =
                restores.start(plan.writeRate(WriteRate.unitsPerSecond(200)).build());
        Fixture.waitUntil(
                "writes",
                Duration.ofSeconds(30),
                () -> handle.progress().writesDone() >= 50
                        || handle.completion().isDone());
        assertThat(handle.cancel().get(5, TimeUnit.SECONDS).status()).isEqualTo(RestoreStatus.CANCELLED);
    }

    private static Predicate<BackupChange> below(int limit) {
        return change -> Integer.parseInt(change.key().get("pk").s().substring(1)) < limit;
    }

    /** "A changed plan is refused with the difference." */
    @Test
    void start_anotherFilter_isRefused() throws Exception {
        String table = Fixture.table(TableShape.S);
        String location = Fixture.backup(List.of(Fixture.inserts(600)));
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestorePlan.Builder plan =
                    Fixture.plan(location, table).checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
            breakOff(restores, plan.filter("below 300", below(300)));

            assertThatThrownBy(() -> restores.start(plan.filter("below 600", below(600))
                                    .writeRate(WriteRate.unitsPerSecond(1_000_000))
                                    .build())
                            .completion()
                            .join())
                    .hasMessageContaining("filter");
        }
    }

    /** "A changed source object is refused": a file of the same length and time, as rsync and cp -p leave it. */
    @Test
    void start_fileChangedThatKeepsItsTime_isRefused() throws Exception {
        String table = Fixture.table(TableShape.S);
        Path file = Files.createDirectory(directory.resolve("log")).resolve("1");
        byte[] lines = Fixture.inserts(600);
        Files.write(file, lines);
        FileTime time = Files.getLastModifiedTime(file);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestorePlan.Builder plan = Fixture.plan(file.getParent().toUri().toString(), table)
                    .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
            breakOff(restores, plan);
            Files.write(
                    file,
                    new String(lines, StandardCharsets.UTF_8)
                            .replace("\"v\":{\"N\"", "\"w\":{\"N\"")
                            .getBytes(StandardCharsets.UTF_8));
            Files.setLastModifiedTime(file, time);

            assertThat(Fixture.failure(() -> restores.start(plan.writeRate(WriteRate.unitsPerSecond(1_000_000))
                                    .build())
                            .completion()
                            .join()))
                    .extracting(failure -> failure.code())
                    .isEqualTo(RestoreErrorCode.CHECKPOINT_MISMATCH);
        }
    }

    /** "handle.pause()": reads and sends nothing more; here the table's keys, before exact. */
    @Test
    void pause_whileTheTablesKeysAreRead_readsNoMoreOfThem() throws Exception {
        String table = Fixture.table(TableShape.S);
        for (int i = 0; i < 20; i++) {
            int number = i;
            Fixture.DYNAMO_DB
                    .putItem(request -> request.tableName(table)
                            .item(Map.of(
                                    "pk",
                                    AttributeValue.fromS("extra" + number),
                                    "v",
                                    AttributeValue.fromS("x".repeat(300_000)))))
                    .join();
        }
        AtomicInteger scans = new AtomicInteger();
        AtomicReference<RestoreHandle> running = new AtomicReference<>();
        DynamoDbAsyncClient counting = (DynamoDbAsyncClient) Proxy.newProxyInstance(
                DynamoDbAsyncClient.class.getClassLoader(),
                new Class<?>[] {DynamoDbAsyncClient.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("scan") && scans.incrementAndGet() == 1) {
                        Fixture.waitUntil("started", Duration.ofSeconds(10), () -> running.get() != null);
                        running.get().pause();
                    }
                    try {
                        return method.invoke(Fixture.DYNAMO_DB, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(counting)
                .build()) {
            running.set(restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(5))), table)
                    .existingItems(ExistingItems.EXACT)
                    .confirmExtras(20L)
                    .build()));
            Fixture.waitUntil("scanned", Duration.ofSeconds(20), () -> scans.get() > 0);

            assertThatThrownBy(() -> Fixture.waitUntil("reads on", Duration.ofSeconds(4), () -> scans.get() > 3))
                    .as("pages that were asked for during the pause: %s", scans)
                    .isInstanceOf(AssertionError.class);
            running.get().cancel().get(5, TimeUnit.SECONDS);
        }
    }

    /** "The time of a pause counts neither as a stall nor for the rate": longer than the patience. */
    @Test
    void pause_longerThanThePatience_endsWell() throws Exception {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(
                    Fixture.plan(Fixture.backup(List.of(Fixture.inserts(20_000), Fixture.inserts(20_000))), table)
                            .patience(Duration.ofSeconds(2))
                            .rangeBytes(64 << 10)
                            .fetchMemoryBytes(256 << 10)
                            .writeRate(WriteRate.unitsPerSecond(2_000))
                            .build());
            Fixture.waitUntil(
                    "writing",
                    Duration.ofSeconds(30),
                    () -> handle.progress().writesDone() > 100
                            || handle.completion().isDone());
            handle.pause();
            assertThatThrownBy(() -> handle.completion().get(8, TimeUnit.SECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            handle.changeRate(WriteRate.unitsPerSecond(1_000_000));
            handle.resume();

            RestoreReport report = handle.completion().get(60, TimeUnit.SECONDS);

            assertThat(report.records().applied()).isEqualTo(20_000);
        }
    }

    /** "exact: afterwards the table holds precisely the state": an item comes while the restore writes. */
    @Test
    void exact_itemThatComesWhileItWrites_isNotInTheTableOrIsSaid() {
        String table = Fixture.table(TableShape.S);
        AtomicInteger batches = new AtomicInteger();
        DynamoDbAsyncClient busy = (DynamoDbAsyncClient) Proxy.newProxyInstance(
                DynamoDbAsyncClient.class.getClassLoader(),
                new Class<?>[] {DynamoDbAsyncClient.class},
                (proxy, method, arguments) -> {
                    if (Fixture.written(method, arguments).isPresent() && batches.incrementAndGet() == 1) {
                        Fixture.DYNAMO_DB
                                .putItem(request ->
                                        request.tableName(table).item(Map.of("pk", AttributeValue.fromS("meanwhile"))))
                                .join();
                    }
                    try {
                        return method.invoke(Fixture.DYNAMO_DB, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        try (DynamoDbRestoreManager restores =
                DynamoDbRestoreManager.builder().s3(Fixture.S3).dynamoDb(busy).build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(60))), table)
                            .existingItems(ExistingItems.EXACT)
                            .build())
                    .completion()
                    .join();

            assertThat(batches).hasPositiveValue();
            assertThat(Fixture.items(table).size() == 60
                            || !report.history().notices().isEmpty())
                    .as("%d items, %s", Fixture.items(table).size(), report)
                    .isTrue();
        }
    }

    /** "A run killed … ends with the same table": an undo, broken off and taken up again. */
    @Test
    void undo_brokenOffAndTakenUp_endsWithTheEarlierState() throws Exception {
        String table = Fixture.table(TableShape.S);
        String log = modifies(300);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(300))), table)
                            .build())
                    .completion()
                    .join();
            RestorePlan.Builder plan = Fixture.plan(
                            Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), table)
                    .undoSince(Instant.ofEpochSecond(1_709_251_000))
                    .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
            breakOff(restores, plan);

            RestoreReport report = restores.start(
                            plan.writeRate(WriteRate.unitsPerSecond(1_000_000)).build())
                    .completion()
                    .join();

            assertThat(report.records().conflict()).isZero();
            assertThat(Fixture.items(table).values())
                    .hasSize(300)
                    .allSatisfy(item -> assertThat(item).containsKey("old").doesNotContainKey("v"));
        }
    }

    /** A change log in which each key of {@link Fixture#inserts} had an item before. */
    private static String modifies(int count) {
        StringBuilder log = new StringBuilder();
        for (String line : new String(Fixture.inserts(count), StandardCharsets.UTF_8).split("\n")) {
            log.append(line.replace(
                                    "\"NewImage\"",
                                    "\"OldImage\":{\"pk\":"
                                            + line.replaceAll(".*\"Keys\":\\{\"pk\":(\\{[^}]*\\}).*", "$1")
                                            + ",\"old\":{\"N\":\"1\"}},\"NewImage\"")
                            .replace("INSERT", "MODIFY"))
                    .append('\n');
        }
        return log.toString();
    }

    private static void put(String table, String key) {
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table)
                        .item(Map.of("pk", AttributeValue.fromS(key), "other", AttributeValue.fromS("x"))))
                .join();
    }

    /** A client that does something before each call of some methods. */
    private static DynamoDbRestoreManager before(Set<String> methods, Runnable first) {
        DynamoDbAsyncClient client = (DynamoDbAsyncClient) Proxy.newProxyInstance(
                DynamoDbAsyncClient.class.getClassLoader(),
                new Class<?>[] {DynamoDbAsyncClient.class},
                (proxy, method, arguments) -> {
                    if (methods.contains(method.getName())) {
                        first.run();
                    }
                    try {
                        return method.invoke(Fixture.DYNAMO_DB, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return DynamoDbRestoreManager.builder().s3(Fixture.S3).dynamoDb(client).build();
    }

    /** "Conflicts are counted and listed": those that an earlier run had found, too. */
    @Test
    void undo_conflictsOfARunThatWasBrokenOff_areNamedByTheNext() throws Exception {
        String table = Fixture.table(TableShape.S);
        for (int i = 0; i < 60; i++) {
            put(table, "k" + i);
        }
        RestorePlan.Builder plan = Fixture.plan(
                        Fixture.backup(List.of(modifies(60).getBytes(StandardCharsets.UTF_8))), table)
                .undoSince(Instant.ofEpochSecond(1_709_251_000))
                .writesInFlight(1)
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        AtomicInteger reads = new AtomicInteger();
        AtomicReference<RestoreHandle> running = new AtomicReference<>();
        try (DynamoDbRestoreManager broken = before(Set.of("getItem"), () -> {
                    if (reads.incrementAndGet() == 30) {
                        Fixture.waitUntil("started", Duration.ofSeconds(10), () -> running.get() != null);
                        var unused = running.get().cancel();
                    }
                });
                DynamoDbRestoreManager next = Fixture.manager()) {
            running.set(broken.start(plan.build()));
            RestoreReport first = running.get().completion().get(60, TimeUnit.SECONDS);
            assertThat(first.records().conflict()).isBetween(1L, 59L);

            RestoreReport report = next.start(plan.build()).completion().join();

            assertThat(report.records().conflict()).isEqualTo(60);
            assertThat(report.conflicts()).doesNotHaveDuplicates().hasSize(60).containsAll(first.conflicts());
        }
    }

    /** "A run killed at any moment": its journal ends anywhere behind the survey, its writes are all done. */
    @ParameterizedTest
    @ValueSource(strings = {"refuse", "overwrite", "insert-only", "exact", "undo", "rekey"})
    void start_journalCutAnywhereBehindTheSurvey_endsAndCountsTheSame(String mode) throws Exception {
        String table = Fixture.table(TableShape.S);
        Path journal = directory.resolve("checkpoint").resolve("dynarestore.journal");
        AtomicLong surveyed = new AtomicLong();
        Set<String> writes = Set.of("batchWriteItem", "putItem", "getItem");
        try (DynamoDbRestoreManager restores =
                before(writes, () -> surveyed.compareAndSet(0, journal.toFile().length()))) {
            RestorePlan.Builder plan = planOf(mode, table)
                    .surveyMemoryBytes(4_096)
                    .spillDirectory(directory)
                    .checkpoint(DirectoryCheckpoints.in(journal.getParent()));
            RestoreReport whole = restores.start(plan.build()).completion().join();
            Map<String, Map<String, Object>> items = Fixture.items(table);
            byte[] bytes = Files.readAllBytes(journal);
            int from = (int) surveyed.get();
            assertThat(from).isBetween(1, bytes.length - 1);

            int step = Math.max(1, (bytes.length - from) / 12);
            for (int end = from; end < bytes.length; end += step) {
                Files.write(journal, Arrays.copyOf(bytes, end));

                RestoreReport report = restores.start(plan.build()).completion().join();

                assertThat(Fixture.items(table)).as("cut at %d", end).isEqualTo(items);
                assertThat(report.records()).as("cut at %d", end).isEqualTo(whole.records());
            }
        }
    }

    private static RestorePlan.Builder planOf(String mode, String table) {
        String inserts = new String(Fixture.inserts(120), StandardCharsets.UTF_8);
        String log = inserts + Fixture.remove("k5", 700) + "\n";
        return switch (mode) {
            case "refuse" -> plan(log, table);
            case "overwrite" -> {
                put(table, "k7");
                yield plan(log, table).existingItems(ExistingItems.OVERWRITE);
            }
            case "insert-only" -> {
                put(table, "k7");
                yield plan(log, table).existingItems(ExistingItems.INSERT_ONLY);
            }
            case "exact" -> {
                put(table, "extra");
                yield plan(log, table).existingItems(ExistingItems.EXACT).confirmExtras(1L);
            }
            case "undo" -> {
                for (String line : inserts.split("\n")) {
                    String key = line.replaceAll(".*\"Keys\":\\{\"pk\":\\{\"S\":\"([^\"]*)\".*", "$1");
                    Fixture.DYNAMO_DB
                            .putItem(request -> request.tableName(table)
                                    .item(Map.of(
                                            "pk",
                                            AttributeValue.fromS(key),
                                            "v",
                                            AttributeValue.fromN(
                                                    String.valueOf(Integer.parseInt(key.substring(1)) + 1)))))
                            .join();
                }
                put(table, "k7");
                yield plan(modifies(120), table).undoSince(Instant.ofEpochSecond(1_709_251_000));
            }
            default -> plan(log, table).mapper("rekey", Map.of("set-partition", "t{v}"));
        };
    }

    private static RestorePlan.Builder plan(String log, String table) {
        return Fixture.plan(Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), table);
    }
}
