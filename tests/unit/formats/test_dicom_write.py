from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from collega import __version__
from collega.formats.dicom_write import encode
from collega.model.ids import IMPLEMENTATION_CLASS_UID
from collega.testing.synthetic import chest_film


def test_the_file_is_whole_and_names_its_writer(film: Dataset) -> None:
    read = dcmread(BytesIO(encode(film)))
    assert read.file_meta.MediaStorageSOPInstanceUID == film.SOPInstanceUID
    assert read.file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert read.file_meta.ImplementationVersionName == f"COLLEGA_{__version__}"
    assert read.PatientName == film.PatientName
    assert (read.pixel_array == film.pixel_array).all()


def test_encoding_leaves_the_dataset_alone_and_is_repeatable() -> None:
    compressed = chest_film(9)
    before = (str(compressed), str(compressed.file_meta))
    assert encode(compressed) == encode(compressed)
    assert (str(compressed), str(compressed.file_meta)) == before
    assert dcmread(BytesIO(encode(compressed))).pixel_array.shape == (512, 512)
