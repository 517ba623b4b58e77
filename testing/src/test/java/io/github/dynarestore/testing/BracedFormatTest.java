package io.github.dynarestore.testing;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.spi.BackupFormat;
import java.util.List;

class BracedFormatTest extends BackupFormatContract {

    @Override
    protected BackupFormat format() {
        return new BracedFormat();
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                put("1", "Zürich", "12345678901234567890123", 1_500_000L),
                delete("1", "12345678901234567890124"),
                put("22", "a-longer-value-than-the-others-have", "5", 2_000_000L),
                put("3", "", "4", 0L),
                delete("22", "6"));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "", "\r\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("<neither nor>", "<>");
    }

    static SampleRecord put(String id, String value, String sequence, long micros) {
        return new SampleRecord(
                "<put " + id + " " + value + " " + sequence + " " + micros + ">",
                new ExpectedRecord(
                        BackupRecord.Kind.PUT,
                        null,
                        "{\"id\":{\"S\":\"" + id + "\"},\"value\":{\"S\":\"" + value + "\"}}",
                        ChangeOrder.sequenceNumber(sequence),
                        micros));
    }

    static SampleRecord delete(String id, String sequence) {
        return new SampleRecord(
                "<delete " + id + " " + sequence + ">",
                new ExpectedRecord(
                        BackupRecord.Kind.DELETE,
                        "{\"id\":{\"S\":\"" + id + "\"}}",
                        null,
                        ChangeOrder.sequenceNumber(sequence),
                        null));
    }
}
