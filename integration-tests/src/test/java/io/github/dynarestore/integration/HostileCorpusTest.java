package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.integration.HostileCorpus.Kind;
import io.github.dynarestore.integration.HostileCorpus.Line;
import io.github.dynarestore.integration.HostileCorpus.NotApplicable;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Every fault that a file can have, in every format, through a restore into a real table: the fault is named with its place,
 * its neighbours are restored, and nothing else. All files of a kind are one backup, so that none spoils another.
 */
class HostileCorpusTest {

    /** Above every other file of the corpus. */
    private static final long MAX_OBJECT_BYTES = 20 << 20;

    private static final String GOOD = "good";

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @TempDir
    private static Path directory;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    /** The engine hands letters over one at a time. */
    private static final class KeptLetters implements DeadLetterSink {
        private final List<DeadLetter> kept = new ArrayList<>();

        @Override
        public void accept(DeadLetter letter) {
            kept.add(letter);
        }

        @Override
        public void close() {
            // They are kept in memory.
        }
    }

    /** What came of some files. */
    private record Outcome(
            Map<String, AttributeValue> values,
            List<DeadLetter> letters,
            @Nullable RestoreException failure) {

        /** What is in the table of a file, as the corpus writes it. */
        SortedSet<String> restored(String stem) {
            SortedSet<String> restored = new TreeSet<>();
            values.forEach((key, value) -> {
                if (key.startsWith(stem + "#")) {
                    String name = key.substring(stem.length() + 1);
                    restored.add(GOOD.equals(value.s()) ? name : name + "=" + value.s());
                }
            });
            return restored;
        }

        /** Dead letters of a file, as the corpus writes them. */
        List<String> bad(Line line, URI at) {
            return letters.stream()
                    .filter(letter ->
                            (letter.object() + "/").startsWith(at + line.file().replaceFirst("/$", "") + "/")
                                    || letter.object().equals(at + line.file()))
                    .sorted(Comparator.comparingLong(DeadLetter::byteOffset))
                    .map(letter -> {
                        String anywhere = letter.reason() + "@*";
                        return line.bad().contains(anywhere) ? anywhere : letter.reason() + "@" + letter.byteOffset();
                    })
                    .toList();
        }
    }

    @TestFactory
    Stream<DynamicNode> restore_allFilesOfAKind_eachIsWhatTheCorpusSays() {
        return Stream.of(Kind.values()).map(kind -> {
            List<Line> lines = HostileCorpus.lines().stream()
                    .filter(line -> line.kind() == kind && !line.isAlone())
                    .toList();
            Path place = directory.resolve(kind.directory());
            Supplier<Outcome> outcome = Suppliers.memoize(() -> restore(kind, place, lines, kind.formatId()));
            Stream<DynamicTest> each = lines.stream()
                    .map(line ->
                            dynamicTest(line.fault() + " " + line.file(), () -> check(line, outcome.get(), place)));
            return dynamicContainer(
                    kind.directory(),
                    Stream.concat(
                            each,
                            Stream.of(dynamicTest("nothing else", () -> checkNothingElse(lines, outcome.get())))));
        });
    }

    @TestFactory
    Stream<DynamicTest> restore_fileAlone_isWhatTheCorpusSays() {
        return HostileCorpus.lines().stream()
                .filter(Line::isAlone)
                .map(line -> dynamicTest(line.toString(), () -> {
                    Path place = directory
                            .resolve("alone")
                            .resolve(line.kind().directory())
                            .resolve(line.stem());
                    Outcome outcome = restore(line.kind(), place, List.of(line), null);

                    check(line, outcome, place);
                    checkNothingElse(List.of(line), outcome);
                }));
    }

    private static void check(Line line, Outcome outcome, Path place) {
        RestoreException failure = outcome.failure();
        assertThat(failure == null ? null : failure.code().name())
                .as("%s", failure)
                .isEqualTo(line.refusal());
        assertThat(outcome.bad(line, place.toUri())).isEqualTo(line.bad());
        assertThat(outcome.restored(line.stem())).isEqualTo(line.restored());
    }

    private static void checkNothingElse(List<Line> lines, Outcome outcome) {
        List<String> stems = lines.stream().map(Line::stem).toList();
        assertThat(outcome.values().keySet())
                .allSatisfy(key -> assertThat(stems).contains(key.substring(0, Math.max(0, key.indexOf('#')))));
        assertThat(outcome.letters().size())
                .isEqualTo(lines.stream().mapToInt(line -> line.bad().size()).sum());
    }

    private static Outcome restore(Kind kind, Path place, List<Line> lines, @Nullable String formatId) {
        try {
            Files.createDirectories(place);
            for (Line line : lines) {
                HostileCorpus.lay(line, place);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Backup backup = Backup.at(place.toUri().toString());
        backup = formatId == null ? backup : backup.format(formatId);
        String columns = kind.columns();
        backup = columns == null ? backup : backup.columns(columns);
        String table = Fixture.table(TableShape.S);
        KeptLetters letters = new KeptLetters();
        RestoreException failure = null;
        try {
            RESTORES.start(RestorePlan.builder()
                            .from(backup)
                            .into(table)
                            .badRecords(BadRecords.DEAD_LETTER)
                            .deadLetters(letters)
                            .maxObjectBytes(MAX_OBJECT_BYTES)
                            .maxBadShare(1)
                            .writeRate(WriteRate.unitsPerSecond(1_000_000))
                            .build())
                    .completion()
                    .join();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof RestoreException refused)) {
                throw e;
            }
            failure = refused;
        }
        return new Outcome(values(table), letters.kept, failure);
    }

    private static Map<String, AttributeValue> values(String table) {
        Map<String, AttributeValue> values = new TreeMap<>();
        Fixture.DYNAMO_DB
                .scanPaginator(
                        scan -> scan.tableName(table).consistentRead(true).projectionExpression("pk, v"))
                .items()
                .subscribe(item -> {
                    synchronized (values) {
                        values.put(item.get("pk").s(), item.getOrDefault("v", AttributeValue.fromNul(true)));
                    }
                })
                .join();
        return values;
    }

    @Test
    void corpus_everyFaultOfEveryKind_hasAFileOrAReason() {
        List<Line> lines = HostileCorpus.lines();
        List<NotApplicable> reasons = HostileCorpus.notApplicable();
        List<String> missing = new ArrayList<>();
        for (String fault : HostileCorpus.FAULTS) {
            for (Kind kind : Kind.values()) {
                boolean hasFile = lines.stream()
                        .anyMatch(line -> line.kind() == kind && line.fault().equals(fault));
                boolean hasReason = reasons.stream()
                        .anyMatch(reason -> reason.fault().equals(fault)
                                && (reason.kind().equals("*") || reason.kind().equals(kind.directory())));
                if (hasFile == hasReason) {
                    missing.add(fault + " of " + kind + (hasFile ? ": both" : ": neither"));
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    /** Stable reasons are a promise, and where it is given is the page on reports. */
    @Test
    void corpus_everyReason_isDocumented() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "reading-the-report.md"));
        SortedSet<String> reasons = new TreeSet<>();
        HostileCorpus.lines().forEach(line -> line.bad().forEach(bad -> reasons.add(bad.replaceFirst("@.*", ""))));

        assertThat(reasons)
                .hasSizeGreaterThan(30)
                .allSatisfy(reason -> assertThat(page).contains("`" + reason + "`"));
    }

    @Test
    void corpus_everyFile_hasALineAndEveryLineAFile() {
        for (Kind kind : Kind.values()) {
            assertThat(HostileCorpus.files(kind))
                    .as(kind.directory())
                    .isEqualTo(new TreeSet<>(HostileCorpus.lines().stream()
                            .filter(line -> line.kind() == kind)
                            .map(Line::file)
                            .toList()));
        }
        assertThat(HostileCorpus.lines())
                .allSatisfy(line -> assertThat(HostileCorpus.FAULTS).contains(line.fault()));
        assertThat(HostileCorpus.lines()).doesNotHaveDuplicates();
    }
}
