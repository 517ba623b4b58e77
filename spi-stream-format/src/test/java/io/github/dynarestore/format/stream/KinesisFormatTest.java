package io.github.dynarestore.format.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KinesisFormatTest extends BackupFormatContract {

    private static final String KEYS = "{\"id\":{\"S\":\"a\"}}";
    /** The MD5 of their eventID is the place among changes of the same time. */
    private static final ChangeOrder FIRST =
            new ChangeOrder(ChangeOrder.Basis.TIME, (short) 0, -4_266_524_885_998_034_046L, 994_258_241_967_195_291L);

    private static final ChangeOrder SECOND =
            new ChangeOrder(ChangeOrder.Basis.TIME, (short) 0, -4_026_655_064_267_673_757L, 8_000_222_017_881_409_068L);

    @Override
    protected BackupFormat format() {
        return new KinesisFormat();
    }

    /** Without binary there is nothing to undo in it, though values look like tags of it. */
    @Test
    void next_readAgain_digestsNoOldImage() throws IOException {
        String image = "{\"id\":{\"S\":\"a\"},\"city\":{\"S\":\"Bern\"},\"is\":{\"BOOL\":true}}";
        String line = record("REMOVE", "x", "1651495525900", ",\"OldImage\":" + image);

        BackupRecord first = only(line, false);
        BackupRecord again = only(line, true);

        assertThat(first.oldDigest()).isNotZero();
        assertThat(again.oldDigest()).isZero();
        assertThat(ItemImage.wrap(again.oldImageBytes(), again.oldImageOffset(), again.oldImageLength())
                        .toByteArray())
                .isEqualTo(ItemImage.wrap(first.oldImageBytes(), first.oldImageOffset(), first.oldImageLength())
                        .toByteArray());
    }

    private static BackupRecord only(String line, boolean isReadAgain) throws IOException {
        RecordReader reader = new KinesisFormat()
                .open(
                        new ByteArrayInputStream(line.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20, isReadAgain));
        BackupRecord record = new BackupRecord();
        assertThat(reader.next(record)).isTrue();
        return record;
    }

    private static String record(String event, String id, String time, String images) {
        return "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"" + id + "\",\"eventName\":\"" + event
                + "\",\"userIdentity\":null,\"recordFormat\":\"application/json\",\"tableName\":\"orders\","
                + "\"dynamodb\":{\"ApproximateCreationDateTime\":" + time + ",\"Keys\":" + KEYS + images
                + ",\"SizeBytes\":44},\"eventSource\":\"aws:dynamodb\"}";
    }

    @Override
    protected List<SampleRecord> sample() {
        String twice =
                "{\"id\":{\"S\":\"a\"},\"b\":{\"B\":\"RWdJSWV3PT0=\"},\"m\":{\"M\":{\"B\":{\"L\":[{\"BS\":[\"QUE9PQ==\"]},"
                        + "{\"S\":\"RWdJSWV3PT0=\"}]}}}}";
        String image =
                "{\"id\":{\"S\":\"a\"},\"b\":{\"B\":\"EgIIew==\"},\"m\":{\"M\":{\"B\":{\"L\":[{\"BS\":[\"AA==\"]},"
                        + "{\"S\":\"RWdJSWV3PT0=\"}]}}}}";
        return List.of(
                new SampleRecord(
                        record("INSERT", "1", "1651495525900", ",\"NewImage\":" + twice),
                        new ExpectedRecord(BackupRecord.Kind.PUT, KEYS, image, FIRST, 1_651_495_525_900_000L)),
                new SampleRecord(
                        record("REMOVE", "2", "1721011165891550", ",\"OldImage\":" + twice),
                        new ExpectedRecord(BackupRecord.Kind.DELETE, KEYS, null, SECOND, 1_721_011_165_891_550L)));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("", "\n", "\r\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("[object Object]", "{\"Item\":{}}");
    }

    @Override
    protected List<byte[]> aliens() {
        List<byte[]> aliens = new ArrayList<>(super.aliens());
        aliens.add(("{\"Keys\":" + KEYS + ",\"NewImage\":" + KEYS
                        + ",\"SequenceNumber\":\"1\",\"eventName\":\"INSERT\"}\n")
                .getBytes(UTF_8));
        return aliens;
    }

    private static BackupRecord read(String encoded) throws IOException {
        RecordReader reader = new KinesisFormat()
                .open(
                        new ByteArrayInputStream(encoded.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20));
        BackupRecord record = new BackupRecord();
        record.clear();
        assertThat(reader.next(record)).isTrue();
        return record;
    }

    @Test
    void next_record_hasTableTimeAndOldImage() throws IOException {
        BackupRecord record = read(record(
                "REMOVE", "x", "1651495525900", ",\"OldImage\":{\"id\":{\"S\":\"a\"},\"b\":{\"B\":\"RWdJSWV3PT0=\"}}"));

        assertThat(record.tableName()).isEqualTo("orders");
        assertThat(record.timePrecision()).isEqualTo(TimePrecision.MILLISECOND);
        assertThat(new String(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength(), UTF_8))
                .isEqualTo("{\"id\":{\"S\":\"a\"},\"b\":{\"B\":\"EgIIew==\"}}");
        assertThat(read(record("REMOVE", "x", "1721011165891550", "")).timePrecision())
                .isEqualTo(TimePrecision.MICROSECOND);
    }

    @Test
    void next_binaryEncodedOnce_isMalformed() {
        assertThatThrownBy(() -> read(record(
                        "INSERT", "x", "1651495525900", ",\"NewImage\":{\"id\":{\"S\":\"a\"},\"b\":{\"B\":\"AAE=\"}}")))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo("item.base64"));
    }

    /** It ends up in messages. */
    @Test
    void next_nameThatNoTableHas_isMalformed() {
        for (String name : List.of("", "a b", "orders\\n2024 all is well", "\\u202eorders", "a".repeat(256))) {
            assertThatThrownBy(() -> read(record("INSERT", "x", "1651495525900", ",\"NewImage\":" + KEYS)
                            .replace("\"orders\"", "\"" + name + "\"")))
                    .as(name)
                    .isInstanceOfSatisfying(
                            MalformedRecordException.class,
                            e -> assertThat(e.reason()).isEqualTo("record.bad-field"));
        }
    }

    @Test
    void recognise_streamAndKinesis_tellEachOtherApart() {
        byte[] kinesis =
                record("MODIFY", "x", "1651495525900", ",\"NewImage\":" + KEYS).getBytes(UTF_8);
        byte[] stream = ("{\"eventID\":\"1\",\"eventName\":\"REMOVE\",\"dynamodb\":{\"Keys\":" + KEYS
                        + ",\"SequenceNumber\":\"130\"},\"eventSourceARN\":\"arn:aws:dynamodb:eu-west-1:1:table/T/stream/2\"}")
                .getBytes(UTF_8);

        assertThat(recognised(new KinesisFormat(), kinesis)).isEqualTo(Recognition.CERTAIN);
        assertThat(recognised(new StreamFormat(), kinesis)).isEqualTo(Recognition.NO);
        assertThat(recognised(new KinesisFormat(), stream)).isEqualTo(Recognition.NO);
        assertThat(recognised(new StreamFormat(), stream)).isEqualTo(Recognition.CERTAIN);
    }

    private static Recognition recognised(BackupFormat format, byte[] bytes) {
        return format.recognise(new BackupSample("k", bytes, true));
    }
}
