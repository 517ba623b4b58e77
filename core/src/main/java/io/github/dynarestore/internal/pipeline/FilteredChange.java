package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A record as the plan's filter sees it. */
record FilteredChange(BackupRecord record, KeyReader keyReader) implements BackupChange {

    @Override
    public Map<String, AttributeValue> key() {
        byte[] json = keyReader.keyJson();
        return ItemImage.wrap(json, 0, json.length).attributes();
    }

    @Override
    public boolean isDelete() {
        return record.kind() == BackupRecord.Kind.DELETE;
    }

    @Override
    public boolean isExpiry() {
        return record.isExpiry();
    }

    @Override
    public Optional<ItemImage> newImage() {
        return record.hasNewImage()
                ? Optional.of(ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength()))
                : Optional.empty();
    }

    @Override
    public Optional<ItemImage> oldImage() {
        return record.hasOldImage()
                ? Optional.of(ItemImage.wrap(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength()))
                : Optional.empty();
    }

    @Override
    public Optional<Instant> time() {
        return record.hasTime() ? Optional.of(Micros.instant(record.timeEpochMicros())) : Optional.empty();
    }
}
