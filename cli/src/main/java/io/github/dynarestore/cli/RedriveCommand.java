package io.github.dynarestore.cli;

import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.WriteRate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dynarestore redrive}: docs/redrive.md says what may be mended and what is written. */
@Command(
        name = "redrive",
        description = "Tries dead letters again that were mended.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 every letter has been dealt with; 1 failed; 2 wrong usage; 3 some letters are left;",
            "4 refused before any write."
        })
final class RedriveCommand implements Callable<Integer> {

    /** Each is a file while it is tried. */
    static final int MAX_LETTERS = 10_000;

    private static final int MAX_LINES_TOLD = 100;
    private static final String ITEMS_FORMAT = "dynamodb-export";

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Option(
            names = "--dead-letters",
            paramLabel = "FILE",
            required = true,
            description = "The letters, mended; the file is only read.")
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private Path file;

    @Option(names = "--into", paramLabel = "TABLE", required = true, description = "Target table; it must exist.")
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private String table;

    @Option(
            names = "--history",
            paramLabel = "PLAN",
            description =
                    "The plan of the restore that left the letters, as estimate --write-plan writes it: its backup"
                            + " says which letters a later change has outdone.")
    private @Nullable Path history;

    @Option(
            names = "--without-history",
            description = "No other change of the letters' keys was in the backup, as in a snapshot.")
    private boolean withoutHistory;

    @Option(
            names = "--existing",
            paramLabel = "insert-only|overwrite",
            converter = Converters.ToExistingItems.class,
            description = "What to do where the table holds another item; insert-only unless given.")
    private ExistingItems existing = ExistingItems.INSERT_ONLY;

    @Option(
            names = "--format",
            paramLabel = "ID",
            description = "Format of the records; that of the plan, or recognised, unless given.")
    private @Nullable String format;

    @Option(names = "--columns", paramLabel = "LIST", description = "What the columns of a positional format mean.")
    private @Nullable String columns;

    @Option(
            names = "--map",
            paramLabel = "ID:PARAMETERS",
            converter = Converters.ToMapping.class,
            description =
                    "Changes records on their way that a mapper had spoilt, or that have no history; items are taken as they are.")
    private List<Mapping> mappings = new ArrayList<>();

    @Option(names = "--write-rate", paramLabel = "UNITS", description = "Write units per second.")
    private @Nullable Double writeRate;

    @Option(names = "--left", paramLabel = "FILE", description = "Receives the letters that are left, as they stand.")
    private @Nullable Path leftFile;

    @Option(names = "--quiet", description = "No summary.")
    private boolean quiet;

    @Option(names = "--debug", description = "Stack traces.")
    private boolean debug;

    RedriveCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        List<Letter> letters = read();
        checkOptions(letters);
        long undecided = letters.stream().filter(this::needsHistory).count();
        if (undecided > 0) {
            Messages.error(
                    err,
                    undecided + " letters were left out before it was known whether a later change outdoes them;"
                            + " nothing was written",
                    "name the restore's plan with --history, mending them as records; or say --without-history if"
                            + " there can be no such change");
            return ExitCode.REFUSED;
        }
        Failures failures = new Failures(err, debug);
        try (Redrive redrive = new Redrive(err)) {
            int exitCode = redrive(letters, redrive, failures);
            boolean isWhole = !redrive.leaveUntried(letters);
            tell(letters, redrive, isWhole);
            return exitCode;
        } catch (IOException e) {
            Messages.error(err, "the letters cannot be laid down: " + e, "");
            failures.trace(e);
            return ExitCode.FAILED;
        } catch (WrongUsage e) {
            throw e;
        } catch (RuntimeException e) {
            return failures.failed(e);
        }
    }

    private void checkOptions(List<Letter> letters) {
        if (existing != ExistingItems.INSERT_ONLY && existing != ExistingItems.OVERWRITE) {
            throw PlanOptions.wrong(
                    spec, "--existing is insert-only or overwrite", "leave it out to overwrite nothing");
        }
        if (history != null && withoutHistory) {
            throw PlanOptions.wrong(
                    spec, "--history and --without-history exclude each other", "leave one of them out");
        }
        boolean wasMapped = letters.stream()
                .anyMatch(letter ->
                        letter.kind() == Letter.Kind.RECORD && letter.reason().startsWith("mapper."));
        if (wasMapped && mappings.isEmpty()) {
            throw PlanOptions.wrong(
                    spec,
                    "--dead-letters: there are records that a mapper spoilt, and no mapper",
                    "give the mappers, mended, with --map; or mend the lines as items");
        }
        PlanOptions.checkFile(spec, "--left", leftFile);
        if (leftFile != null && Files.exists(leftFile)) {
            throw PlanOptions.wrong(spec, "--left: there is a file " + leftFile, "name a new one");
        }
    }

    private List<Letter> read() {
        List<Letter> letters = new ArrayList<>();
        int line = 0;
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            String text;
            while ((text = lines.readLine()) != null) {
                line++;
                if (text.isBlank()) {
                    continue;
                }
                if (letters.size() == MAX_LETTERS) {
                    throw PlanOptions.wrong(
                            spec,
                            "--dead-letters: more than " + MAX_LETTERS + " letters",
                            "split the file, with the letters of one key together");
                }
                letters.add(Letter.parse(line, text));
            }
        } catch (InvalidItemException e) {
            throw PlanOptions.wrong(
                    spec,
                    "--dead-letters: line " + line + " at byte " + e.position() + ": " + e.reason() + ": " + e.detail(),
                    "see docs/redrive.md");
        } catch (CharacterCodingException e) {
            throw PlanOptions.wrong(spec, "--dead-letters: line " + (line + 1) + " is not UTF-8", "mend it");
        } catch (IOException e) {
            throw PlanOptions.wrong(spec, "--dead-letters: cannot read " + file, "name a file that a restore has left");
        }
        return letters;
    }

    /** An item has no order: no history can say whether it is the latest. */
    private boolean needsHistory(Letter letter) {
        return letter.kind() != Letter.Kind.NOTHING
                && !letter.isDecided()
                && !withoutHistory
                && (history == null || letter.kind() == Letter.Kind.ITEM);
    }

    /** Tries the letters; returns the exit code. */
    private int redrive(List<Letter> letters, Redrive redrive, Failures failures) throws IOException {
        for (Letter letter : only(letters, Letter.Kind.NOTHING, letter -> true)) {
            redrive.leave(letter, letter.reason() + ": it holds nothing, or not all, of what would be written");
        }
        List<Trial> trials = trials(letters, redrive);
        try (ManagerForPlan managed = trials.isEmpty()
                ? null
                : ManagerForPlan.open(trials.get(0).plan().build(), clients)) {
            for (Trial trial : trials) {
                redrive.run(Objects.requireNonNull(managed).manager(), trial.plan(), trial.letters());
            }
        } catch (CompletionException e) {
            RestoreException error = failures.ended(e);
            if (error == null) {
                return failures.failed(e.getCause() == null ? e : e.getCause());
            }
            return redrive.written() > 0 ? ExitCode.FAILED : ExitCode.of(error);
        } catch (RestoreException e) {
            failures.refused(e);
            return redrive.written() > 0 ? ExitCode.FAILED : ExitCode.REFUSED;
        }
        if (redrive.wasCancelled()) {
            return ExitCode.FAILED;
        }
        return redrive.left().isEmpty() ? ExitCode.DONE : ExitCode.DONE_BUT;
    }

    /** A plan, and the letters that it writes. */
    private record Trial(RestorePlan.Builder plan, List<Letter> letters) {}

    /** First the letters of which the whole history is known: what they write, none of the others writes over. */
    private List<Trial> trials(List<Letter> letters, Redrive redrive) throws IOException {
        List<Trial> trials = new ArrayList<>();
        try {
            List<Letter> undecided = only(letters, Letter.Kind.RECORD, letter -> !letter.isDecided());
            if (!undecided.isEmpty()) {
                trials.add(new Trial(withHistory(redrive.layDown(undecided)), undecided));
            }
            List<Letter> decided = only(letters, Letter.Kind.RECORD, Letter::isDecided);
            if (!decided.isEmpty()) {
                trials.add(new Trial(
                        mapped(RestorePlan.builder()).redrive(read(redrive.layDown(decided), List.of())), decided));
            }
            List<Letter> items = only(letters, Letter.Kind.ITEM, letter -> true);
            if (!items.isEmpty()) {
                trials.add(new Trial(
                        said(RestorePlan.builder())
                                .redrive(redrive.layDown(items).format(ITEMS_FORMAT)),
                        items));
            }
            for (Trial trial : trials) {
                Object unused = trial.plan().build();
            }
            return trials;
        } catch (IllegalArgumentException e) {
            throw PlanOptions.wrong(spec, String.valueOf(e.getMessage()), "see docs/redrive.md");
        }
    }

    private RestorePlan.Builder withHistory(Backup letters) {
        if (history == null) {
            return mapped(RestorePlan.builder()).redrive(read(letters, List.of()));
        }
        RestorePlan plan = historyPlan(history);
        if (plan.undoSince().isPresent()) {
            throw new IllegalArgumentException("--history: an undo leaves nothing to redrive; undo again");
        }
        List<Backup> backups = new ArrayList<>(plan.bases());
        backups.addAll(plan.backups());
        Backup read = read(letters, backups);
        return said(plan.toBuilder().confirmExtras(null))
                .redrive(plan.bases().isEmpty() ? read : ofTime(read, plan.bases()));
    }

    private RestorePlan historyPlan(Path plan) {
        try {
            return new PlanFile(plan)
                    .read()
                    .into(table)
                    .badRecords(BadRecords.REFUSE)
                    .build();
        } catch (IOException e) {
            throw PlanOptions.wrong(
                    spec, "--history: cannot read " + plan, "name a file that estimate --write-plan has written");
        }
    }

    private RestorePlan.Builder mapped(RestorePlan.Builder plan) {
        mappings.forEach(mapping -> plan.mapper(mapping.id(), mapping.parameters()));
        return said(plan);
    }

    private RestorePlan.Builder said(RestorePlan.Builder plan) {
        if (writeRate != null) {
            plan.writeRate(WriteRate.unitsPerSecond(writeRate));
        }
        return plan.into(table).existingItems(existing).badRecords(BadRecords.REFUSE);
    }

    /** Reads letters as what the command line says, or else as all backups of the plan are read. */
    private Backup read(Backup letters, List<Backup> like) {
        Set<@Nullable String> formats = new HashSet<>();
        Set<@Nullable String> lists = new HashSet<>();
        for (Backup backup : like) {
            formats.add(backup.formatId());
            lists.add(backup.columns() == null ? null : backup.columns().toString());
        }
        String id = format != null || formats.size() != 1
                ? format
                : formats.iterator().next();
        String list = columns != null || lists.size() != 1
                ? columns
                : lists.iterator().next();
        Backup read = id == null ? letters : letters.format(id);
        return list == null ? read : read.columns(list);
    }

    /** Items of a snapshot are of the snapshot's time, which is compared with that of changes. */
    private static Backup ofTime(Backup letters, List<Backup> bases) {
        Instant begun = bases.get(0).begun();
        return begun == null
                ? letters
                : letters.takenBetween(begun, bases.get(0).finished());
    }

    private void tell(List<Letter> letters, Redrive redrive, boolean isWhole) throws IOException {
        redrive.left().entrySet().stream()
                .limit(MAX_LINES_TOLD)
                .forEach(line -> err.println("left: line " + line.getKey() + ": " + line.getValue()));
        int more = redrive.left().size() - MAX_LINES_TOLD;
        if (more > 0) {
            err.println("and " + more + " more");
        }
        if (leftFile != null) {
            List<String> lines = letters.stream()
                    .filter(letter -> redrive.left().containsKey(letter.line()))
                    .map(Letter::text)
                    .toList();
            // They hold values of items.
            Files.createFile(leftFile, ownerOnly(leftFile));
            Files.write(leftFile, lines, StandardCharsets.UTF_8, StandardOpenOption.TRUNCATE_EXISTING);
        }
        if (!quiet) {
            out.println("REDRIVEN " + table);
            row("letters", letters.size());
            row("  written", redrive.written());
            if (isWhole) {
                row(
                        "  not needed",
                        letters.size() - redrive.written() - redrive.left().size());
            }
            row("  left", redrive.left().size());
        }
    }

    private void row(String name, long value) {
        out.println(String.format(Locale.ROOT, "%-16s %,15d", name, value));
    }

    private static FileAttribute<?>[] ownerOnly(Path file) throws IOException {
        return Files.getFileStore(Objects.requireNonNull(file.toAbsolutePath().getParent()))
                        .supportsFileAttributeView("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static List<Letter> only(List<Letter> letters, Letter.Kind kind, Predicate<Letter> which) {
        return letters.stream()
                .filter(letter -> letter.kind() == kind)
                .filter(which)
                .toList();
    }
}
