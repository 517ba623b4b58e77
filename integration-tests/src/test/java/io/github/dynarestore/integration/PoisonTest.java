package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.integration.PoisonGenerator.Candidate;
import io.github.dynarestore.integration.PoisonGenerator.Shape;
import io.github.dynarestore.internal.plan.IndexKeys;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The verdicts of the scanner, the key reader and the check of index keys on 10,000 generated items, beside those of
 * DynamoDB Local. What is known to differ, and why, stands with each {@link PoisonGenerator.Deviation}.
 */
class PoisonTest {

    private static final int ITEMS = 10_000;
    private static final int BATCH = 25;
    private static final int MAX_BATCH_BYTES = 8 << 20;
    private static final ExecutorService THREADS = Executors.newFixedThreadPool(6);
    private static final Map<Shape, String> TABLES = new EnumMap<>(Shape.class);
    private static final Map<Shape, Validator> VALIDATORS = new EnumMap<>(Shape.class);

    @BeforeAll
    static void createTables() {
        for (Shape shape : Shape.values()) {
            String table = Fixture.table(shape.create());
            TABLES.put(shape, table);
            TargetTable found = TargetTable.of(Fixture.DYNAMO_DB
                    .describeTable(request -> request.tableName(table))
                    .join()
                    .table());
            VALIDATORS.put(
                    shape,
                    new Validator(
                            new ItemScanner(),
                            new KeyReader(found.key()),
                            IndexKeys.of(found.key(), found.indexes()).newCheck()));
        }
    }

    @AfterAll
    static void end() {
        THREADS.shutdownNow();
        TABLES.values().forEach(Fixture::drop);
    }

    /** What a restore asks of an item before it sends it. */
    private record Validator(ItemScanner scanner, KeyReader key, IndexKeys.Check indexes) {

        /** Why an item is refused; empty if it is not. */
        String verdict(byte[] item) {
            try {
                if (scanner.scan(item, 0, item.length) != item.length) {
                    return "json.syntax";
                }
                key.read(item, 0, item.length);
                indexes.check(item, 0, item.length);
                return "";
            } catch (InvalidItemException e) {
                return e.reason();
            }
        }
    }

    private static final class Counts {
        private int taken;
        private int refused;
        private int deviating;
        private final Map<String, Integer> reasons = new TreeMap<>();

        @Override
        public String toString() {
            return String.format("%,6d taken, %,6d refused, %,5d deviating %s", taken, refused, deviating, reasons);
        }
    }

    @Test
    void verdict_tenThousandGeneratedItems_isDynamoDbLocals() throws InterruptedException, ExecutionException {
        long seed = Long.getLong("dynarestore.poison.seed", System.nanoTime());
        List<Candidate> candidates = new PoisonGenerator(seed).generate(ITEMS);
        Map<String, Counts> byRule = new LinkedHashMap<>();
        List<Candidate> taken = new ArrayList<>();
        List<Callable<List<String>>> questions = new ArrayList<>();
        for (Candidate candidate : candidates) {
            String verdict = VALIDATORS.get(candidate.shape()).verdict(candidate.bytes());
            Counts counts = byRule.computeIfAbsent(candidate.rule(), rule -> new Counts());
            if (verdict.isEmpty()) {
                counts.taken++;
                taken.add(candidate);
            } else {
                counts.refused++;
                counts.reasons.merge(verdict, 1, Integer::sum);
                counts.deviating += candidate.deviation() == null ? 0 : 1;
                questions.add(() -> refusedAlone(candidate, verdict));
            }
        }
        batches(taken).forEach(batch -> questions.add(() -> takenTogether(batch)));
        List<String> differences = new ArrayList<>();
        for (Future<List<String>> answer : THREADS.invokeAll(questions)) {
            differences.addAll(answer.get());
        }

        StringBuilder table = new StringBuilder("seed " + seed + ", items by rule:\n");
        byRule.forEach((rule, counts) -> table.append(String.format("%-22s %s%n", rule, counts)));
        for (PoisonGenerator.Deviation deviation : PoisonGenerator.Deviation.values()) {
            table.append("deviates on purpose: ")
                    .append(deviation)
                    .append(": ")
                    .append(deviation.reason)
                    .append('\n');
        }
        System.out.print(table);
        assertThat(candidates).hasSize(ITEMS);
        assertThat(differences).as("seed %d", seed).isEmpty();
        assertThat(byRule.keySet()).containsAll(PoisonGenerator.ruleNames());
        assertThat(byRule.entrySet())
                .as("both verdicts of every rule, seed %d", seed)
                .allSatisfy(rule -> {
                    assertThat(rule.getValue().refused > 0)
                            .as(rule.getKey() + " refuses some")
                            .isEqualTo(!rule.getKey().equals(PoisonGenerator.GOOD));
                    assertThat(rule.getValue().taken > 0)
                            .as(rule.getKey() + " takes some")
                            .isEqualTo(!rule.getKey().equals(PoisonGenerator.DEVIATING));
                });
    }

    /** Items of one table whose keys differ, as many as go into one call. */
    private static List<List<Candidate>> batches(List<Candidate> items) {
        Map<Shape, List<Candidate>> open = new EnumMap<>(Shape.class);
        Map<Shape, Integer> bytes = new EnumMap<>(Shape.class);
        List<List<Candidate>> batches = new ArrayList<>();
        for (Candidate item : items) {
            List<Candidate> batch = open.computeIfAbsent(item.shape(), shape -> new ArrayList<>());
            boolean isSameKey = batch.stream().anyMatch(other -> isSameKey(item, other));
            int size = bytes.getOrDefault(item.shape(), 0) + item.bytes().length;
            if (batch.size() == BATCH || isSameKey || size > MAX_BATCH_BYTES) {
                batches.add(List.copyOf(batch));
                batch.clear();
                size = item.bytes().length;
            }
            bytes.put(item.shape(), size);
            batch.add(item);
        }
        open.values().stream().filter(batch -> !batch.isEmpty()).forEach(batches::add);
        return batches;
    }

    private static boolean isSameKey(Candidate one, Candidate other) {
        return Arrays.equals(canonicalKey(one), canonicalKey(other));
    }

    private static byte[] canonicalKey(Candidate item) {
        KeyReader key = VALIDATORS.get(item.shape()).key();
        try {
            key.read(item.bytes(), 0, item.bytes().length);
            return key.canonicalKey();
        } catch (InvalidItemException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> refusedAlone(Candidate candidate, String verdict) throws InterruptedException {
        boolean isTaken = isTaken(List.of(candidate));
        if (isTaken == (candidate.deviation() != null)) {
            return List.of();
        }
        return List.of(candidate.rule() + ": " + verdict + " here, " + (isTaken ? "taken" : "refused")
                + " by DynamoDB Local: " + candidate);
    }

    /** One call for all of them; each is only asked about if that one is refused. */
    private static List<String> takenTogether(List<Candidate> batch) throws InterruptedException {
        List<String> differences = new ArrayList<>();
        if (!isTaken(batch)) {
            for (Candidate candidate : batch) {
                if (!isTaken(List.of(candidate))) {
                    differences.add(candidate.rule() + ": taken here, refused by DynamoDB Local: " + candidate);
                }
            }
            if (differences.isEmpty()) {
                differences.add("a batch is refused, of which every item is taken: " + batch);
            }
        }
        return differences;
    }

    private static boolean isTaken(List<Candidate> items) throws InterruptedException {
        return RawPuts.areTaken(
                TABLES.get(items.get(0).shape()),
                items.stream().map(Candidate::bytes).toList());
    }
}
