package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads {@code hostile/corpus.tsv}, which says of each file of the corpus what must come of it. */
final class HostileCorpus {

    private static final String TEMPLATE = ".template";
    private static final String NOTHING = "-";

    /** Everything that the corpus has to have a file for. */
    static final List<String> FAULTS = Stream.concat(
                    IntStream.rangeClosed(1, 19).mapToObj(number -> "C" + number),
                    Stream.of(
                            "limit-ratio",
                            "limit-layers",
                            "limit-object",
                            "limit-record",
                            "limit-depth",
                            "limit-string",
                            "limit-name",
                            "limit-number",
                            "limit-tokens",
                            "limit-interning",
                            "limit-snappy-chunk",
                            "limit-ion"))
            .toList();

    /** What the files of a directory are. */
    enum Kind {
        STREAM("stream"),
        KINESIS("kinesis"),
        FIREHOSE_FAILED("firehose-failed"),
        EMR_EXPORT("emr-export"),
        HIVE_TEXT("hive-text"),
        HIVE_COLUMNS("hive-columns"),
        HIVE_CSV("hive-csv"),
        CSV("csv"),
        DYNAMODB_EXPORT("dynamodb-export"),
        DYNAMODB_EXPORT_ION("dynamodb-export-ion");

        private final String directory;

        Kind(String directory) {
            this.directory = directory;
        }

        String directory() {
            return directory;
        }

        String formatId() {
            return this == DYNAMODB_EXPORT_ION ? DYNAMODB_EXPORT.directory : directory;
        }

        /** What the columns mean, in kinds whose files do not say it. */
        @Nullable
        String columns() {
            return switch (this) {
                case HIVE_COLUMNS, HIVE_CSV, CSV ->
                    "pk string, v string, n double, s array<string>, m map<string,string>, b binary";
                default -> null;
            };
        }

        static Kind of(String directory) {
            return Arrays.stream(values())
                    .filter(kind -> kind.directory.equals(directory))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no kind of file is called " + directory));
        }

        @Override
        public String toString() {
            return directory;
        }
    }

    /**
     * What must come of a file.
     *
     * @param restored what stands behind the # in the keys of its items, and = and the value of v unless that is good
     * @param bad reasons of its dead letters, and where they are
     * @param refusal error code of its restore; null if it is not refused
     */
    record Line(
            String fault,
            Kind kind,
            String file,
            boolean isAlone,
            SortedSet<String> restored,
            List<String> bad,
            @Nullable String refusal) {

        /** What its keys begin with. */
        String stem() {
            return HostileCorpus.stem(file);
        }

        @Override
        public String toString() {
            return kind + "/" + file;
        }
    }

    /** Why there is no file for a fault, for one kind or for all: *. */
    record NotApplicable(String fault, String kind, String why) {}

    private HostileCorpus() {}

    static String stem(String file) {
        return file.replaceFirst("[./].*", "");
    }

    static List<Line> lines() {
        return rows("corpus.tsv", 7).map(HostileCorpus::line).toList();
    }

    static List<NotApplicable> notApplicable() {
        return rows("not-applicable.tsv", 3)
                .map(row -> new NotApplicable(row[0], row[1], row[2]))
                .toList();
    }

    private static Line line(String[] row) {
        return new Line(
                row[0],
                Kind.of(row[1]),
                row[2],
                row[3].equals("alone"),
                new TreeSet<>(words(row[4])),
                words(row[5]),
                row[6].equals(NOTHING) ? null : row[6]);
    }

    private static List<String> words(String cell) {
        return cell.equals(NOTHING) ? List.of() : List.of(cell.split(" "));
    }

    private static Stream<String[]> rows(String file, int cells) {
        try {
            return Files.readAllLines(root().resolve(file), UTF_8).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .peek(row -> {
                        if (row.length != cells) {
                            throw new IllegalArgumentException("not " + cells + " cells: " + String.join("|", row));
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files of a kind as the corpus names them: without the ending of a template, directories with a slash. */
    static SortedSet<String> files(Kind kind) {
        try (Stream<Path> entries = Files.list(root().resolve(kind.directory()))) {
            return entries.map(entry -> entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""))
                    .map(name -> name.endsWith(TEMPLATE) ? name.substring(0, name.length() - TEMPLATE.length()) : name)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lays a file down, expanded if it is a template. */
    static void lay(Line line, Path directory) throws IOException {
        Path source = root().resolve(line.kind().directory());
        Path template = source.resolve(line.file() + TEMPLATE);
        if (Files.exists(template)) {
            try (OutputStream out = Files.newOutputStream(directory.resolve(line.file()))) {
                HostileTemplate.expand(Files.readAllBytes(template), line.file(), out);
            }
            return;
        }
        try (Stream<Path> all = Files.walk(source.resolve(line.file()))) {
            for (Path path : all.toList()) {
                Path copy = directory.resolve(source.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(path, copy);
                }
            }
        }
    }

    private static Path root() {
        try {
            return Path.of(HostileCorpus.class
                            .getResource("/hostile/corpus.tsv")
                            .toURI())
                    .resolveSibling(".");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
