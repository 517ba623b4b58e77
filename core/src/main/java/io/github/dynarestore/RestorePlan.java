package io.github.dynarestore;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.DeadLetterSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What to restore, whereto, and how. Immutable; one plan can be run many times. */
public final class RestorePlan {

    /** A mapper of the plan: given outright, or by the id of its factory. */
    sealed interface MapperChoice {
        record Given(AttributeMapper mapper) implements MapperChoice {}

        record ById(String id, Map<String, String> parameters) implements MapperChoice {
            public ById {
                parameters = Map.copyOf(parameters);
            }
        }
    }

    private static final long MIB = 1024L * 1024;

    private final List<Backup> backups;
    private final String table;
    private final @Nullable Instant asOf;
    private final WriteRate writeRate;
    private final ExistingItems existingItems;
    private final BadRecords badRecords;
    private final UndatedRecords undatedRecords;
    private final @Nullable DeadLetterSink deadLetterSink;
    private final List<MapperChoice> mappers;
    private final long surveyMemoryBytes;
    private final int rangeBytes;
    private final long fetchMemoryBytes;
    private final int maxRecordBytes;
    private final int writesInFlight;
    private final Duration patience;

    private RestorePlan(Builder builder) {
        if (builder.backups.isEmpty()) {
            throw new IllegalArgumentException("a plan needs at least one backup: call from(…)");
        }
        backups = List.copyOf(builder.backups);
        table = Objects.requireNonNull(builder.table, "a plan needs a table: call into(…)");
        asOf = builder.asOf;
        writeRate = builder.writeRate;
        existingItems = builder.existingItems;
        badRecords = builder.badRecords;
        undatedRecords = builder.undatedRecords;
        deadLetterSink = builder.deadLetterSink;
        if (badRecords == BadRecords.DEAD_LETTER && deadLetterSink == null) {
            throw new IllegalArgumentException("dead-lettering needs a sink: call deadLetters(…)");
        }
        mappers = List.copyOf(builder.mappers);
        surveyMemoryBytes = builder.surveyMemoryBytes;
        rangeBytes = builder.rangeBytes;
        fetchMemoryBytes = builder.fetchMemoryBytes;
        if (fetchMemoryBytes < 2L * rangeBytes) {
            throw new IllegalArgumentException("the fetch memory of " + fetchMemoryBytes
                    + " bytes must hold two ranges of " + rangeBytes + " bytes");
        }
        maxRecordBytes = builder.maxRecordBytes;
        writesInFlight = builder.writesInFlight;
        patience = builder.patience;
    }

    /** Starts a plan. */
    public static Builder builder() {
        return new Builder();
    }

    /** Where the backup lies; never empty. */
    public List<Backup> backups() {
        return backups;
    }

    /** Name of the target table. */
    public String table() {
        return table;
    }

    /** The cut; empty to take everything. */
    public Optional<Instant> asOf() {
        return Optional.ofNullable(asOf);
    }

    /** How fast to write. */
    public WriteRate writeRate() {
        return writeRate;
    }

    /** What to do with items that the table holds already. */
    public ExistingItems existingItems() {
        return existingItems;
    }

    /** What to do when there are records that cannot be used. */
    public BadRecords badRecords() {
        return badRecords;
    }

    /** What a cut makes of records without a time. */
    public UndatedRecords undatedRecords() {
        return undatedRecords;
    }

    /** Where dead letters go; empty if they are only reported. */
    public Optional<DeadLetterSink> deadLetterSink() {
        return Optional.ofNullable(deadLetterSink);
    }

    List<MapperChoice> mappers() {
        return mappers;
    }

    /** Most bytes that the survey may hold. */
    public long surveyMemoryBytes() {
        return surveyMemoryBytes;
    }

    /** Size of one ranged request to S3, in bytes. */
    public int rangeBytes() {
        return rangeBytes;
    }

    /** Most bytes of S3 bodies that are held or on their way. */
    public long fetchMemoryBytes() {
        return fetchMemoryBytes;
    }

    /** Longest record that is accepted, in bytes. */
    public int maxRecordBytes() {
        return maxRecordBytes;
    }

    /** Most BatchWriteItem calls under way at once. */
    public int writesInFlight() {
        return writesInFlight;
    }

    /** How long reading or writing may go without any progress before the restore gives up. */
    public Duration patience() {
        return patience;
    }

    /** Returns a builder that holds what this plan says. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.backups.addAll(backups);
        builder.table = table;
        builder.asOf = asOf;
        builder.writeRate = writeRate;
        builder.existingItems = existingItems;
        builder.badRecords = badRecords;
        builder.undatedRecords = undatedRecords;
        builder.deadLetterSink = deadLetterSink;
        builder.mappers.addAll(mappers);
        builder.surveyMemoryBytes = surveyMemoryBytes;
        builder.rangeBytes = rangeBytes;
        builder.fetchMemoryBytes = fetchMemoryBytes;
        builder.maxRecordBytes = maxRecordBytes;
        builder.writesInFlight = writesInFlight;
        builder.patience = patience;
        return builder;
    }

    /** Fills in a plan; every setter refuses at once what can never be right. Not thread-safe. */
    public static final class Builder {

        private static final Duration MAX_PATIENCE = Duration.ofDays(365);

        private final List<Backup> backups = new ArrayList<>();
        private @Nullable String table;
        private @Nullable Instant asOf;
        private WriteRate writeRate = WriteRate.fractionOfTable(0.25);
        private ExistingItems existingItems = ExistingItems.REFUSE;
        private BadRecords badRecords = BadRecords.REFUSE;
        private UndatedRecords undatedRecords = UndatedRecords.REFUSE;
        private @Nullable DeadLetterSink deadLetterSink;
        private final List<MapperChoice> mappers = new ArrayList<>();
        private long surveyMemoryBytes = Math.max(16 * MIB, Runtime.getRuntime().maxMemory() / 4);
        private int rangeBytes = (int) (4 * MIB);
        private long fetchMemoryBytes =
                Math.max(16 * MIB, Math.min(64 * MIB, Runtime.getRuntime().maxMemory() / 8));
        private int maxRecordBytes = (int) (8 * MIB);
        private int writesInFlight = 16;
        private Duration patience = Duration.ofMinutes(15);

        private Builder() {}

        /** Adds a place where backup objects lie. */
        public Builder from(Backup backup) {
            backups.add(Objects.requireNonNull(backup));
            return this;
        }

        /**
         * Adds a place where backup objects lie, read with the format that is recognised there.
         *
         * @param location {@code s3://bucket/prefix} or {@code file:///directory/}
         */
        public Builder from(String location) {
            return from(Backup.at(location));
        }

        /** Says which table to write to; it must exist. */
        public Builder into(String tableName) {
            if (!tableName.matches("[A-Za-z0-9_.-]{3,255}")) {
                throw new IllegalArgumentException("not the name of a table: '" + tableName + "'");
            }
            table = tableName;
            return this;
        }

        /**
         * Sets the cut: changes after this instant do not count, changes at it do. A change is as old as its
         * record says, which for a stream record is a whole second.
         */
        public Builder asOf(@Nullable Instant instant) {
            asOf = instant;
            return this;
        }

        /** Says how fast to write; a quarter of what the table can take unless said otherwise. */
        public Builder writeRate(WriteRate rate) {
            writeRate = Objects.requireNonNull(rate);
            return this;
        }

        /** Says what to do with items that the table holds already; refuse unless said otherwise. */
        public Builder existingItems(ExistingItems choice) {
            existingItems = Objects.requireNonNull(choice);
            return this;
        }

        /** Says what to do when there are records that cannot be used; refuse unless said otherwise. */
        public Builder badRecords(BadRecords choice) {
            badRecords = Objects.requireNonNull(choice);
            return this;
        }

        /** Says what a cut makes of records without a time; bad records unless said otherwise. */
        public Builder undatedRecords(UndatedRecords choice) {
            undatedRecords = Objects.requireNonNull(choice);
            return this;
        }

        /** Says where dead letters go. The restore closes the sink when it ends. */
        public Builder deadLetters(DeadLetterSink sink) {
            deadLetterSink = Objects.requireNonNull(sink);
            return this;
        }

        /** Adds a mapper behind those added before. */
        public Builder mapper(AttributeMapper mapper) {
            mappers.add(new MapperChoice.Given(Objects.requireNonNull(mapper)));
            return this;
        }

        /** Adds the mapper that the factory of this id makes, behind those added before. */
        public Builder mapper(String id, Map<String, String> parameters) {
            mappers.add(new MapperChoice.ById(Objects.requireNonNull(id), parameters));
            return this;
        }

        /** Bounds the survey's memory, in bytes; a quarter of the heap unless said otherwise. */
        public Builder surveyMemoryBytes(long bytes) {
            surveyMemoryBytes = atLeast(bytes, 4096, "surveyMemoryBytes");
            return this;
        }

        /** Sets the size of one ranged request to S3, in bytes, 1 KiB to 64 MiB; 4 MiB unless said otherwise. */
        public Builder rangeBytes(int bytes) {
            if (bytes < 1024 || bytes > 64 * MIB) {
                throw new IllegalArgumentException("rangeBytes must be 1 KiB to 64 MiB, not " + bytes);
            }
            rangeBytes = bytes;
            return this;
        }

        /** Bounds the bytes of S3 bodies that are held or on their way; must hold two ranges. */
        public Builder fetchMemoryBytes(long bytes) {
            fetchMemoryBytes = atLeast(bytes, 2048, "fetchMemoryBytes");
            return this;
        }

        /** Bounds the length of a record, in bytes; 8 MiB unless said otherwise. */
        public Builder maxRecordBytes(int bytes) {
            maxRecordBytes = (int) atLeast(bytes, 1024, "maxRecordBytes");
            return this;
        }

        /** Bounds the BatchWriteItem calls under way at once, 1 to 1,000; 16 unless said otherwise. */
        public Builder writesInFlight(int calls) {
            if (calls < 1 || calls > 1000) {
                throw new IllegalArgumentException("writesInFlight must be 1 to 1,000, not " + calls);
            }
            writesInFlight = calls;
            return this;
        }

        /** Bounds the time without any progress; 15 minutes unless said otherwise, and never more than a year. */
        public Builder patience(Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException("patience must be above zero, not " + duration);
            }
            // Longer ones, such as "for ever", do not fit into nanoseconds.
            patience = duration.compareTo(MAX_PATIENCE) > 0 ? MAX_PATIENCE : duration;
            return this;
        }

        /**
         * Makes the plan.
         *
         * @throws IllegalArgumentException if something is missing or contradicts itself, saying what
         */
        public RestorePlan build() {
            return new RestorePlan(this);
        }

        private static long atLeast(long value, long least, String name) {
            if (value < least) {
                throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
            }
            return value;
        }
    }
}
