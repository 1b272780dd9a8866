// A file is put into the field of text, where it can be read before it is sent; without script it is pasted.
const file = document.getElementById("file");
const text = file && document.getElementById(file.dataset.into);

if (text) {
  for (const part of [file, document.querySelector('label[for="file"]')]) part.hidden = false;
  file.addEventListener("change", async () => {
    if (file.files.length) text.value = await file.files[0].text();
  });
}
