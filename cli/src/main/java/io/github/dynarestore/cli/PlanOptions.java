package io.github.dynarestore.cli;

import io.github.dynarestore.JsonLinesDeadLetters;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options that say what to restore and how; docs/command-line.md says what each means. */
final class PlanOptions {

    private static final Set<String> SAID_BY_A_PLAN = Set.of(
            "--from",
            "--base",
            "--taken-at",
            "--into",
            "--create-table",
            "--table-key",
            "--global-index",
            "--local-index",
            "--boost",
            "--as-of",
            "--since",
            "--lateness",
            "--undo-since",
            "--undo-force",
            "--format",
            "--base-format",
            "--columns",
            "--source-table",
            "--source-owner",
            "--recover-failed",
            "--write-rate",
            "--write-ratio",
            "--existing",
            "--confirm",
            "--gaps",
            "--ttl-removals",
            "--show-keys",
            "--bad-records",
            "--max-bad-share",
            "--undated",
            "--map");

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description =
                    "The plan as JSON or YAML, as estimate --write-plan writes it, in place of the options that say it.")
    private @Nullable Path planFile;

    @Option(
            names = "--from",
            paramLabel = "URI",
            description =
                    "Where the backup lies: s3://bucket/prefix or file:///directory/; may be given several times.")
    private List<String> from = new ArrayList<>();

    @Option(
            names = "--base",
            paramLabel = "URI",
            description = "Where a snapshot lies that the changes are applied to; may be given several times.")
    private List<String> bases = new ArrayList<>();

    @Option(
            names = "--taken-at",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description =
                    "When the snapshot was taken, for each --base in turn; its directory's name says it otherwise.")
    private List<Instant> takenAt = new ArrayList<>();

    @Option(names = "--into", paramLabel = "TABLE", description = "Target table.")
    private @Nullable String into;

    @Mixin
    private TableOptions tableOptions = new TableOptions();

    @Option(
            names = "--as-of",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description = "The cut, inclusive, such as 2016-10-15T23:59:59Z; unless given, everything counts.")
    private @Nullable Instant asOf;

    @Option(
            names = "--since",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description = "Date directories of the log from before it are not read.")
    private @Nullable Instant since;

    @Option(
            names = "--lateness",
            paramLabel = "HOURS",
            description = "How long after the cut date directories are read; 48 unless given.")
    private @Nullable Integer latenessHours;

    @Option(
            names = "--undo-since",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description = "Undo what was changed after it, in place, instead of restoring.")
    private @Nullable Instant undoSince;

    @Option(names = "--undo-force", description = "Undo also what was changed again since the log's end.")
    private boolean undoForce;

    @Option(
            names = "--format",
            paramLabel = "ID",
            description = "Read every --from with this format; recognised from the first bytes unless given.")
    private @Nullable String format;

    @Option(
            names = "--base-format",
            paramLabel = "ID",
            description = "Read every --base with this format; recognised from the first bytes unless given.")
    private @Nullable String baseFormat;

    @Option(
            names = "--columns",
            paramLabel = "LIST",
            description =
                    "What the columns of a positional export mean, such as 'id string, price double': of every --base,"
                            + " or without one of every --from.")
    private @Nullable String columns;

    @Option(
            names = "--source-table",
            paramLabel = "TABLE",
            description = "Count only records of this table, where records name theirs.")
    private @Nullable String sourceTable;

    @Option(
            names = "--source-owner",
            paramLabel = "ACCOUNT",
            description = "Account of twelve digits that must own every bucket that is read.")
    private @Nullable String sourceOwner;

    @Option(
            names = "--recover-failed",
            description = "Read also what Firehose put under processing-failed, which is left out otherwise.")
    private boolean recoverFailed;

    @Option(
            names = "--write-rate",
            paramLabel = "UNITS|adaptive",
            description = "Write units per second; or as many as the table is found to take.")
    private @Nullable String writeRate;

    @Option(
            names = "--write-ratio",
            paramLabel = "SHARE",
            description = "Share of the table's write capacity, 0.1 to 1.5; 0.25 unless a rate is given.")
    private @Nullable Double writeRatio;

    @Option(
            names = "--existing",
            paramLabel = "refuse|overwrite|insert-only|exact",
            converter = Converters.ToExistingItems.class,
            description = "What to do with items that are there; refuse unless given.")
    private ExistingItems existing = ExistingItems.REFUSE;

    @Option(
            names = "--confirm",
            paramLabel = "ITEMS",
            description = "With --existing exact: how many items may be deleted that are not in the backup.")
    private @Nullable Long confirm;

    @Option(
            names = "--gaps",
            paramLabel = "report|refuse",
            converter = Converters.ToGaps.class,
            description = "What to do when changes are missing in the log; report unless given.")
    private Gaps gaps = Gaps.REPORT;

    @Option(
            names = "--ttl-removals",
            paramLabel = "apply|ignore",
            converter = Converters.ToTtlRemovals.class,
            description = "Whether items that time to live removed are gone or stay; apply unless given.")
    private TtlRemovals ttlRemovals = TtlRemovals.APPLY;

    @Option(
            names = "--checkpoint",
            paramLabel = "PLACE",
            description =
                    "Keeps there what is needed to take the restore up again, by running the same command: a directory,"
                            + " or s3://bucket/prefix/. An estimate does not touch it.")
    private @Nullable String checkpoint;

    @Option(
            names = "--memory",
            paramLabel = "BYTES",
            converter = Converters.ToBytes.class,
            description = "Memory for the survey, such as 512m; a quarter of the heap unless given.")
    private @Nullable Long memory;

    @Option(
            names = "--spill-dir",
            paramLabel = "DIR",
            description = "Where the survey spills to beyond its memory; the temporary directory unless given.")
    private @Nullable Path spillDirectory;

    @Option(names = "--show-keys", description = "Name keys in the report, and not only their hashes.")
    private boolean showKeys;

    @Option(
            names = "--bad-records",
            paramLabel = "refuse|dead-letter",
            converter = Converters.ToBadRecords.class,
            description = "What to do with records that cannot be used; refuse unless given.")
    private BadRecords badRecords = BadRecords.REFUSE;

    @Option(
            names = "--max-bad-share",
            paramLabel = "SHARE",
            description =
                    "Largest share of bad records that is put up with once there are a hundred; 0.1 unless given.")
    private @Nullable Double maxBadShare;

    @Option(
            names = "--dead-letters",
            paramLabel = "PLACE",
            description = "Keeps records that cannot be used, one JSON line each: a file, or s3://bucket/prefix/.")
    private @Nullable String deadLetters;

    @Option(
            names = "--undated",
            paramLabel = "refuse|object-time",
            converter = Converters.ToUndatedRecords.class,
            description = "What a cut makes of records without a time; refuse unless given.")
    private UndatedRecords undated = UndatedRecords.REFUSE;

    @Option(
            names = "--map",
            paramLabel = "ID:PARAMETERS",
            converter = Converters.ToMapping.class,
            description =
                    "Changes items on their way, such as rename:a=b or keep:a,b; may be given several times, applied in"
                            + " that order.")
    private List<Mapping> mappings = new ArrayList<>();

    @Option(names = "--debug", description = "Stack traces.")
    private boolean debug;

    /** Whether stack traces are asked for. */
    boolean isDebug() {
        return debug;
    }

    /** Where the checkpoint lies; null for nowhere. */
    @Nullable
    String checkpoint() {
        return checkpoint;
    }

    boolean keepsCheckpointInS3() {
        return checkpoint != null && checkpoint.startsWith("s3://");
    }

    /** Where dead letters go; null for nowhere. */
    @Nullable
    String deadLetters() {
        return deadLetters;
    }

    boolean keepsDeadLettersInS3() {
        return deadLetters != null && deadLetters.startsWith("s3://");
    }

    private void checkDeadLetters(CommandSpec spec) {
        try {
            if (keepsDeadLettersInS3()) {
                Object unused = Backup.at(String.valueOf(deadLetters));
            } else {
                checkFile(spec, "--dead-letters", deadLetters == null ? null : Path.of(deadLetters));
            }
        } catch (IllegalArgumentException e) {
            throw wrong(spec, "--dead-letters: " + e.getMessage(), "a file, or s3://bucket/prefix/");
        }
    }

    /** In a file, or as long as there is no client in nothing, which nobody may use. */
    private static DeadLetterSink sink(String place) {
        return place.startsWith("s3://") ? new WithoutClient() : JsonLinesDeadLetters.to(Path.of(place));
    }

    private static final class WithoutClient implements DeadLetterSink {
        @Override
        public void accept(DeadLetter letter) throws IOException {
            throw new IOException("there is no client of S3");
        }

        @Override
        public void close() {}
    }

    private void checkCheckpoint(CommandSpec spec) {
        if (checkpoint != null && checkpoint.isBlank()) {
            // As a script has it whose variable is not set; it would be the working directory.
            throw wrong(spec, "--checkpoint: no place is named", "a directory, or s3://bucket/prefix/");
        }
        try {
            if (checkpoint != null) {
                Object unused = keepsCheckpointInS3() ? Backup.at(checkpoint) : Path.of(checkpoint);
            }
        } catch (IllegalArgumentException e) {
            throw wrong(spec, "--checkpoint: " + e.getMessage(), "a directory, or s3://bucket/prefix/");
        }
    }

    /** The plan that the options say, but for the checkpoint and dead letters in S3. */
    RestorePlan plan(CommandSpec spec) {
        if (planFile != null) {
            return plan(spec, planFile);
        }
        if (into == null) {
            throw wrong(spec, "Missing required option: '--into=TABLE'", "say which table to restore, with --into");
        }
        if (from.isEmpty() && bases.isEmpty()) {
            throw wrong(
                    spec, "Missing required option: '--from=URI'", "say where the backup lies, with --from or --base");
        }
        if (takenAt.size() > bases.size()) {
            throw wrong(spec, "--taken-at says when a --base was taken", "give one --base for each --taken-at");
        }
        if (writeRate != null && writeRatio != null) {
            throw wrong(spec, "--write-rate and --write-ratio exclude each other", "leave one of them out");
        }
        if (badRecords == BadRecords.DEAD_LETTER && deadLetters == null) {
            throw wrong(spec, "--bad-records dead-letter needs a file to keep them in", "add --dead-letters FILE");
        }
        checkDeadLetters(spec);
        checkCheckpoint(spec);
        RestorePlan.Builder plan = RestorePlan.builder();
        String option = "--columns";
        try {
            if (columns != null) {
                ColumnList.parse(columns);
            }
            option = "--from";
            for (String location : from) {
                plan.from(log(location));
            }
            option = "--base";
            for (int i = 0; i < bases.size(); i++) {
                Backup base = base(bases.get(i));
                plan.base(i < takenAt.size() ? base.takenBetween(takenAt.get(i), null) : base);
            }
            option = "--into";
            plan.into(into).createTable(tableOptions.definition(spec));
            option = "--boost";
            plan.boost(tableOptions.boost());
            option = "--write-rate";
            if (writeRate != null) {
                plan.writeRate(rate(writeRate));
            }
            option = "--write-ratio";
            if (writeRatio != null) {
                plan.writeRate(WriteRate.fractionOfTable(writeRatio));
            }
            option = "--source-owner";
            plan.sourceOwner(sourceOwner);
            option = "--max-bad-share";
            if (maxBadShare != null) {
                plan.maxBadShare(maxBadShare);
            }
            option = "--lateness";
            if (latenessHours != null) {
                plan.lateness(Duration.ofHours(latenessHours));
            }
            option = "--memory";
            if (memory != null) {
                plan.surveyMemoryBytes(memory);
            }
            option = "--confirm";
            plan.confirmExtras(confirm);
            option = "";
            spillTo(spec, plan);
            if (undoForce) {
                plan.undoForced();
            }
            if (recoverFailed) {
                plan.recoverFailed();
            }
            if (showKeys) {
                plan.showKeys();
            }
            plan.since(since).undoSince(undoSince).gaps(gaps).ttlRemovals(ttlRemovals);
            plan.asOf(asOf).existingItems(existing).badRecords(badRecords).undatedRecords(undated);
            mappings.forEach(mapping -> plan.mapper(mapping.id(), mapping.parameters()));
            if (deadLetters != null) {
                plan.deadLetters(sink(deadLetters));
            }
            return plan.build();
        } catch (IllegalArgumentException e) {
            throw wrong(spec, (option.isEmpty() ? "" : option + ": ") + e.getMessage(), hintFor(option));
        }
    }

    private RestorePlan plan(CommandSpec spec, Path file) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptionsSet()) {
            if (SAID_BY_A_PLAN.contains(option.longestName())) {
                throw wrong(spec, option.longestName() + " and --plan exclude each other", "change the plan instead");
            }
        }
        checkDeadLetters(spec);
        checkCheckpoint(spec);
        try {
            RestorePlan.Builder plan = new PlanFile(file).read();
            if (memory != null) {
                plan.surveyMemoryBytes(memory);
            }
            spillTo(spec, plan);
            if (deadLetters != null) {
                plan.deadLetters(sink(deadLetters));
            }
            return plan.build();
        } catch (IOException e) {
            throw wrong(spec, "--plan: cannot read " + file, "name a file that estimate --write-plan has written");
        } catch (IllegalArgumentException | NullPointerException e) {
            throw wrong(spec, "--plan: " + e.getMessage(), "mend " + file);
        }
    }

    private void spillTo(CommandSpec spec, RestorePlan.Builder plan) {
        if (spillDirectory != null) {
            if (!Files.isDirectory(spillDirectory)) {
                throw wrong(spec, "--spill-dir: there is no directory " + spillDirectory, "make it first");
            }
            plan.spillDirectory(spillDirectory);
        }
    }

    private Backup base(String location) {
        Backup backup = Backup.at(location);
        if (baseFormat != null) {
            backup = backup.format(baseFormat);
        }
        return columns == null ? backup : backup.columns(columns);
    }

    private Backup log(String location) {
        Backup backup = Backup.at(location);
        if (columns != null && bases.isEmpty()) {
            backup = backup.columns(columns);
        }
        if (format != null) {
            backup = backup.format(format);
        }
        return sourceTable == null ? backup : backup.table(sourceTable);
    }

    private static WriteRate rate(String text) {
        if (text.equals("adaptive")) {
            return WriteRate.adaptive();
        }
        double units;
        try {
            units = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is neither a number nor adaptive", e);
        }
        return WriteRate.unitsPerSecond(units);
    }

    private static String hintFor(String option) {
        return switch (option) {
            case "--from", "--base" -> "write s3://bucket/prefix/ or file:///directory/";
            case "--columns" -> "write name type, as in 'id string, price double'";
            case "--into" -> "3 to 255 letters, digits, and the signs _ . -";
            case "--boost" -> "write units per second, such as 5000";
            case "--write-rate" -> "write units per second, such as 500, or adaptive";
            case "--write-ratio" -> "a share of the table's write capacity, 0.1 to 1.5";
            case "--memory" -> "bytes, or with a letter such as 512m or 4g";
            default -> "see dynarestore restore --help";
        };
    }

    /** Else the report, or the first dead letter, would be lost after hours of work. */
    static void checkFile(CommandSpec spec, String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || directory == null || !Files.isDirectory(directory)) {
            throw wrong(spec, option + ": cannot make the file " + file, "name a file in a directory that exists");
        }
    }

    static WrongUsage wrong(CommandSpec spec, String message, String hint) {
        return new WrongUsage(spec.commandLine(), message, hint);
    }
}
