// How OHIF is set up here: one source, ours, and nothing that stores, uploads or calls elsewhere.
window.PUBLIC_URL = "/viewer/";
window.browserImportFunction = (name) => import(name);
{
  const source = {
    namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
    sourceName: "collega",
    configuration: {
      friendlyName: "collega",
      name: "collega",
      qidoRoot: "/dicom-web",
      wadoRoot: "/dicom-web",
      imageRendering: "wadors",
      thumbnailRendering: "wadors",
      enableStudyLazyLoad: true,
      supportsFuzzyMatching: false,
      supportsWildcard: true,
      dicomUploadEnabled: false,
      omitQuotationForMultipartRequest: true,
      bulkDataURI: { enabled: true },
    },
  };
  window.config = {
    name: "collega",
    routerBasename: "/viewer",
    extensions: [],
    modes: [],
    customizationService: [
      {
        "ohif.tours": { $set: [] },
        "panelMeasurement.disableEditing": { $set: true },
        "panelSegmentation.disableEditing": { $set: true },
      },
    ],
    showStudyList: false,
    maxNumberOfWebWorkers: 3,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: true,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    showErrorDetails: "always",
    useSharedArrayBuffer: "FALSE",
    measurementTrackingMode: "none",
    investigationalUseDialog: { option: "never" },
    maxNumRequests: { interaction: 20, thumbnail: 5, prefetch: 10 },
    defaultDataSourceName: "collega",
    dataSources: [source],
  };
}
