package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.spi.MapperContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the engine needs of a plan. The mappers are made when the table's key is known.
 *
 * @param backups where the backup lies
 * @param table target table
 * @param asOf the cut; null for none
 * @param writeRate how fast to write
 * @param existingItems what to do with items that are there
 * @param badRecords what to do with records that cannot be used
 * @param undatedRecords what a cut makes of records without a time
 * @param deadLetterSink where dead letters go; null for nowhere
 * @param mappers makes the mappers, in their order; the context's parameters are empty
 * @param limits sizes and times
 */
public record RestoreSettings(
        List<Backup> backups,
        String table,
        @Nullable Instant asOf,
        WriteRate writeRate,
        ExistingItems existingItems,
        BadRecords badRecords,
        UndatedRecords undatedRecords,
        @Nullable DeadLetterSink deadLetterSink,
        Function<MapperContext, List<AttributeMapper>> mappers,
        Limits limits) {

    /**
     * Bounds of a run.
     *
     * @param surveyMemoryBytes most bytes that the survey holds
     * @param rangeBytes size of one ranged request
     * @param fetchMemoryBytes most bytes of bodies held or on their way
     * @param maxRecordBytes longest record
     * @param writesInFlight most write calls under way
     * @param patience longest time without progress
     */
    public record Limits(
            long surveyMemoryBytes,
            int rangeBytes,
            long fetchMemoryBytes,
            int maxRecordBytes,
            int writesInFlight,
            Duration patience) {}
}
