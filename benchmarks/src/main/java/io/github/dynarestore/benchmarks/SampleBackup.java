package io.github.dynarestore.benchmarks;

import io.github.dynarestore.format.export.DynamoDbExportFormat;
import io.github.dynarestore.format.hive.CsvFormat;
import io.github.dynarestore.format.hive.EmrExportFormat;
import io.github.dynarestore.format.hive.HiveColumnsFormat;
import io.github.dynarestore.format.hive.HiveCsvFormat;
import io.github.dynarestore.format.hive.HiveTextFormat;
import io.github.dynarestore.format.stream.FailedRecordsFormat;
import io.github.dynarestore.format.stream.KinesisFormat;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.testing.ColumnExportWriter;
import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.FirehoseBackupWriter;
import io.github.dynarestore.testing.KinesisRecordWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

/** A backup of each format that is shipped, in the spelling of whoever wrote such backups. */
public enum SampleBackup {
    STREAM {
        @Override
        BackupFormat format(SampleItems items) {
            return new StreamFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return FirehoseBackupWriter.encode(change(items, number));
        }
    },
    KINESIS {
        @Override
        BackupFormat format(SampleItems items) {
            return new KinesisFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return new KinesisRecordWriter("Orders", TimeUnit.MILLISECONDS).encode(change(items, number));
        }
    },
    FIREHOSE_FAILED {
        @Override
        BackupFormat format(SampleItems items) {
            return new FailedRecordsFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            byte[] record = FirehoseBackupWriter.encode(change(items, number));
            return utf8("{\"attemptsMade\":4,\"arrivalTimestamp\":1709251200123,\"errorCode\":\"Lambda.FunctionError\","
                    + "\"errorMessage\":\"The Lambda function failed\",\"attemptEndingTimestamp\":1709251260123,"
                    + "\"rawData\":\"" + Base64.getEncoder().encodeToString(record) + "\"}");
        }
    },
    EXPORT_FULL {
        @Override
        BackupFormat format(SampleItems items) {
            return new DynamoDbExportFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return utf8(DynamoDbExportWriter.line(items.item(number, 2), DynamoDbExportWriter.Format.DYNAMODB_JSON));
        }
    },
    EXPORT_INCREMENTAL {
        @Override
        BackupFormat format(SampleItems items) {
            return new DynamoDbExportFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return utf8(DynamoDbExportWriter.line(
                    new DynamoDbExportWriter.Change(
                            CHANGED, keys(items, number), items.item(number, 1), items.item(number, 2)),
                    DynamoDbExportWriter.Format.DYNAMODB_JSON));
        }
    },
    EXPORT_ION {
        @Override
        BackupFormat format(SampleItems items) {
            return new DynamoDbExportFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return utf8(DynamoDbExportWriter.line(items.item(number, 2), DynamoDbExportWriter.Format.ION));
        }

        @Override
        boolean isJson() {
            return false;
        }
    },
    EMR_EXPORT {
        @Override
        BackupFormat format(SampleItems items) {
            return new EmrExportFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return EmrExportWriter.encode(items.item(number, 2), EmrExportWriter.Spelling.SDK_FIELDS);
        }
    },
    HIVE_TEXT {
        @Override
        BackupFormat format(SampleItems items) {
            return new HiveTextFormat();
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return EmrExportWriter.encodeText(items.item(number, 2), EmrExportWriter.Spelling.SDK_FIELDS);
        }

        @Override
        boolean isJson() {
            return false;
        }
    },
    HIVE_COLUMNS {
        @Override
        BackupFormat format(SampleItems items) {
            return withColumns(new HiveColumnsFormat(), items);
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return columns(items, number, ColumnExportWriter.Layout.HIVE);
        }

        @Override
        boolean isJson() {
            return false;
        }
    },
    HIVE_CSV {
        @Override
        BackupFormat format(SampleItems items) {
            return withColumns(new HiveCsvFormat(), items);
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return columns(items, number, ColumnExportWriter.Layout.HIVE_CSV);
        }

        @Override
        boolean isJson() {
            return false;
        }
    },
    CSV {
        @Override
        BackupFormat format(SampleItems items) {
            return withColumns(new CsvFormat(), items);
        }

        @Override
        byte[] line(SampleItems items, int number) {
            return columns(items, number, ColumnExportWriter.Layout.CSV);
        }

        @Override
        boolean isJson() {
            return false;
        }
    };

    private static final Instant CHANGED = Instant.parse("2024-03-01T00:00:00Z");

    abstract BackupFormat format(SampleItems items);

    abstract byte[] line(SampleItems items, int number);

    /** Whether a parser of JSON can read the very bytes. */
    boolean isJson() {
        return true;
    }

    /** So many records, a line each. */
    byte[] bytes(SampleItems items, int records) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (int i = 0; i < records; i++) {
            lines.writeBytes(line(items, i));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    /** The same bytes if they are JSON, else the same items as lines of DynamoDB JSON. */
    byte[] json(SampleItems items, int records) {
        if (isJson()) {
            return bytes(items, records);
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (int i = 0; i < records; i++) {
            lines.writeBytes(ItemImage.of(items.item(i, 2)).toByteArray());
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static BackupFormat withColumns(PositionalFormat format, SampleItems items) {
        return format.withColumns(ColumnList.parse(items.columns()));
    }

    /** Hive has no NULL beside a column's value that is not there. */
    private static byte[] columns(SampleItems items, int number, ColumnExportWriter.Layout layout) {
        Map<String, AttributeValue> item = items.item(number, 2);
        item.values().removeIf(value -> Boolean.TRUE.equals(value.nul()));
        return utf8(ColumnExportWriter.line(item, ColumnList.parse(items.columns()), layout));
    }

    private static Map<String, AttributeValue> keys(SampleItems items, int number) {
        Map<String, AttributeValue> keys = new LinkedHashMap<>(items.item(number, 1));
        keys.keySet().retainAll(Set.of("pk"));
        return keys;
    }

    private static Record change(SampleItems items, int number) {
        return Record.builder()
                .eventID(String.format("%08x%08x%08x%08x", number, number * 31, number * 0x9e3779b9, ~number))
                .eventName(OperationType.MODIFY)
                .dynamodb(StreamRecord.builder()
                        .keys(keys(items, number))
                        .newImage(items.item(number, 2))
                        .oldImage(items.item(number, 1))
                        .sequenceNumber("4000000000000" + (1_000_000_000L + number * 977L))
                        .sizeBytes(1_000L)
                        .approximateCreationDateTime(CHANGED)
                        .build())
                .build();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
