package io.github.dynarestore.format.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailedRecordsFormatTest extends BackupFormatContract {

    private static final String KEYS = "{\"id\":{\"S\":\"a\"}}";

    @Override
    protected BackupFormat format() {
        return new FailedRecordsFormat();
    }

    private static String change(int number) {
        return "{\"Keys\":" + KEYS + ",\"NewImage\":" + KEYS + ",\"SequenceNumber\":\"" + number
                + "\",\"ApproximateCreationDateTime\":1641305241,\"eventName\":\"INSERT\"}";
    }

    private static String failure(String rawData) {
        return "{\"attemptsMade\":4,\"arrivalTimestamp\":1709251300000,\"errorCode\":\"Lambda.FunctionTimedOut\","
                + "\"errorMessage\":\"timed out\",\"rawData\":\""
                + Base64.getEncoder().encodeToString(rawData.getBytes(UTF_8)) + "\",\"lambdaArn\":\"arn\"}";
    }

    private static SampleRecord sample(int number) {
        return new SampleRecord(
                failure(change(number)),
                new ExpectedRecord(
                        BackupRecord.Kind.PUT,
                        KEYS,
                        KEYS,
                        ChangeOrder.sequenceNumber(String.valueOf(number)),
                        1_641_305_241_000_000L));
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(sample(1), sample(20_000));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "", "\r\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("{\"attemptsMade\":1}", "{\"attemptsMade\":1,\"rawData\":\"?\"}", failure("{\"a\":1}"));
    }

    @Override
    protected List<byte[]> aliens() {
        List<byte[]> aliens = new ArrayList<>(super.aliens());
        aliens.add((change(1) + "\n").getBytes(UTF_8));
        return aliens;
    }

    private static RecordReader reader(String text) {
        return new FailedRecordsFormat()
                .open(
                        new ByteArrayInputStream(text.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20));
    }

    @Test
    void next_severalRecordsInOne_allStandWhereTheirFailureStands() throws IOException {
        String first = failure(change(1));
        RecordReader reader = reader(first + "\n" + failure(change(2) + "\n" + change(3)));
        List<Long> offsets = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            offsets.add(record.byteOffset());
            numbers.add(record.orderLow());
        }

        assertThat(numbers).containsExactly(1L, 2L, 3L);
        assertThat(offsets).containsExactly(0L, first.length() + 1L, first.length() + 1L);
    }

    @Test
    void next_damagedRecordWithin_isNamedByItsFailure() throws IOException {
        RecordReader reader = reader(failure(change(1) + "\n" + change(2).replace("INSERT", "DROP")));
        BackupRecord record = new BackupRecord();
        assertThat(reader.next(record)).isTrue();

        assertThatThrownBy(() -> reader.next(record)).isInstanceOfSatisfying(MalformedRecordException.class, e -> {
            assertThat(e.reason()).isEqualTo(StreamReader.BAD_FIELD);
            assertThat(new String(e.raw(), UTF_8)).contains("rawData");
        });
        assertThat(reader.next(record)).isFalse();
    }

    @Test
    void next_onlyRecordWithinIsDamaged_saysHow() {
        assertThatThrownBy(() -> reader(failure(change(1).replace("\"a\"", "\"\\ud800\"")))
                        .next(new BackupRecord()))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo("json.surrogate"));
    }

    @Test
    void next_rawDataTwice_isMalformed() {
        String failure = failure(change(1));
        String twice = failure.replace(
                "}",
                ",\"rawData\":\"" + Base64.getEncoder().encodeToString(change(2).getBytes(UTF_8)) + "\"}");

        assertThatThrownBy(() -> reader(twice).next(new BackupRecord()))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo(StreamReader.UNKNOWN_SHAPE));
    }

    @Test
    void next_memberTwiceThatSaysNothing_isMalformed() throws IOException {
        String failure = failure(change(1));

        for (String more : new String[] {",\"a\":1,\"a\":1}", ",\"attemptsMade\":4}", ",\"a\":{\"b\":1,\"b\":1}}"}) {
            assertThatThrownBy(() -> reader(failure.replace("}", more)).next(new BackupRecord()))
                    .isInstanceOfSatisfying(
                            MalformedRecordException.class,
                            e -> assertThat(e.reason()).isEqualTo("item.duplicate-name"));
        }
    }

    /** Kept whole with each of them, a failure of a megabyte would come to gigabytes of dead letters. */
    @Test
    void next_thousandsDamagedWithinOne_keepLittleMoreThanThereIs() throws IOException {
        int damaged = 20_000;
        String failure = failure(change(1) + "\n" + "{\"Keys\":x".repeat(damaged) + "\n" + change(2));
        RecordReader reader = new FailedRecordsFormat()
                .open(
                        new ByteArrayInputStream(failure.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20));
        BackupRecord record = new BackupRecord();
        long rawBytes = 0;
        int malformed = 0;
        int good = 0;
        while (true) {
            try {
                if (!reader.next(record)) {
                    break;
                }
                good++;
                rawBytes += record.raw().length;
            } catch (MalformedRecordException e) {
                malformed++;
                rawBytes += e.raw().length;
                assertThat(e.byteOffset()).isZero();
            }
        }

        assertThat(good).isEqualTo(2);
        assertThat(malformed).isEqualTo(damaged);
        assertThat(rawBytes).isLessThan(3L * failure.length());
    }
}
