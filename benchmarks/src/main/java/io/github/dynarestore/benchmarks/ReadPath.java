package io.github.dynarestore.benchmarks;

import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.Reduction;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;

/** Reads stream records as a restore does: found, checked, measured, digested, their keys read twice, and surveyed. */
final class ReadPath {

    private static final SurveyRules RULES = new SurveyRules(null, null, false, 0, new Role[] {Role.LOG}, null);
    private static final KeySchema SCHEMA = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.S), null);
    private static final int BUDGET_BYTES = 64 << 20;

    private final BackupRecord record = new BackupRecord();
    private final KeyReader key = new KeyReader(SCHEMA);
    private final KeyReader imageKey = new KeyReader(SCHEMA);

    static RecordReader reader(InputStream records) throws IOException {
        return new StreamFormat()
                .open(
                        records,
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
    }

    /** What adds the rows of a survey. */
    interface RowSource {
        void addTo(RowWriter rows) throws IOException, InvalidItemException;
    }

    /** Surveys records, and tells how many keys there are. */
    long survey(InputStream records) throws IOException, InvalidItemException {
        return survey(rows -> {
            RecordReader reader = reader(records);
            record.clear();
            for (int ordinal = 0; reader.next(record); ordinal++) {
                add(rows, ordinal);
                record.clear();
            }
        });
    }

    /** Surveys rows, and tells how many keys there are. */
    static long survey(RowSource source) throws IOException, InvalidItemException {
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(BUDGET_BYTES),
                new SpillDirectory(Path.of("none"), Clock.systemUTC()),
                1,
                rows -> rows)) {
            RowWriter rows = survey.newWriter();
            source.addTo(rows);
            rows.flush();
            Reduction reduction = survey.reduction(RULES, 1, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            return reduction.findings().keys();
        }
    }

    private void add(RowWriter rows, int ordinal) throws InvalidItemException {
        key.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
        imageKey.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        if (!imageKey.matches(key)) {
            throw new IllegalStateException("two keys");
        }
        add(rows, ordinal, key.hashHigh(), key.hashLow(), record);
    }

    static void add(RowWriter rows, int ordinal, long hashHigh, long hashLow, BackupRecord record) {
        rows.add(
                new RowWriter.Origin(0, ordinal, RowWriter.Standing.COUNTS, false),
                hashHigh,
                hashLow,
                record,
                record.newDigest(),
                record.oldDigest());
    }
}
